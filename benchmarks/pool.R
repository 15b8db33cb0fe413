# Times one fit of metafor: Rscript pool.R FILE.csv (columns yi, vi) REPEATS; prints seconds.
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
effects <- read.csv(arguments[1])
times <- numeric(as.integer(arguments[2]))
for (i in seq_along(times)) {
  start <- proc.time()[["elapsed"]]
  for (repeated in 1:10) {
    fit <- rma(yi, vi, data = effects, method = "REML", test = "knha")
    limits <- confint(fit)
    range <- predict(fit)
  }
  times[i] <- (proc.time()[["elapsed"]] - start) / 10
}
cat(sprintf("%.9f", median(times)), "\n")
