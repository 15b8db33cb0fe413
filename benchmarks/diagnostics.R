# Times one diagnostic of metafor: Rscript diagnostics.R TASK FILE.csv (columns yi, vi) REPEATS.
# Prints the median seconds; the fit itself, by REML, does not count.
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
effects <- read.csv(arguments[2])
fit <- rma(yi, vi, data = effects, method = "REML")
# gosh() makes every subset of 13 studies unless asked otherwise.
tasks <- list(
  gosh = function() gosh(fit, progbar = FALSE),
  permutation = function() permutest(fit, iter = 1000, progbar = FALSE),
  influence = function() influence(fit),
  leave_one_out = function() leave1out(fit),
  trim_and_fill = function() trimfill(fit),
  selection = function() selmodel(rma(yi, vi, data = effects, method = "ML"), type = "beta"),
  bootstrap = function() {
    mean <- as.numeric(coef(fit))
    spread <- sqrt(fit$tau2 + effects$vi)
    for (i in 1:1000) {
      try(rma(rnorm(nrow(effects), mean, spread), effects$vi), silent = TRUE)
    }
  }
)
task <- tasks[[arguments[1]]]
times <- numeric(as.integer(arguments[3]))
for (i in seq_along(times)) {
  start <- proc.time()[["elapsed"]]
  suppressWarnings(invisible(task()))
  times[i] <- proc.time()[["elapsed"]] - start
}
cat(sprintf("%.9f", median(times)), "\n")
