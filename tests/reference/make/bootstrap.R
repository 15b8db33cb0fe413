# Bootstrap figures of pins/bootstrap.json, by the packages boot and metafor.
#
#   apt-get install r-cran-boot r-cran-metafor r-cran-metadat     (Debian)
#   Rscript bootstrap.R OUT.json
#
# "page" is the analysis of metafor-project.org, tips:bootstrapping_with_ma: REML of the nine log
# odds ratios of dat.collins1985b, 10,000 parametric and 10,000 non-parametric draws, with seeds
# of ours. "arithmetic" are few draws with all their digits, and what boot.ci makes of them.

source("common.R")
suppressPackageStartupMessages(library(boot))

LEVELS <- c(0.8, 0.9, 0.95)
TYPES <- c(norm = "normal", basic = "basic", stud = "student", perc = "percent", bca = "bca")

answers <- function(yi, vi) {
  fit <- try(suppressWarnings(rma(yi, vi)), silent = TRUE)
  if (inherits(fit, "try-error")) return(rep(NA, 4))
  c(coef(fit), vcov(fit), fit$tau2, fit$se.tau2^2)
}
parametric <- function(data) answers(data$yi, data$vi)
chosen <- function(data, rows) answers(data$yi[rows], data$vi[rows])
made <- function(data, mle) {
  data.frame(yi = rnorm(nrow(data), mle$mu, sqrt(mle$tau2 + data$vi)), vi = data$vi)
}

limits <- function(drawn, place, levels, types, influence) {
  found <- lapply(names(types), function(type) {
    ci <- suppressWarnings(boot.ci(drawn, conf = levels, type = type, index = place + 0:1,
                                   L = influence))
    table <- matrix(ci[[types[[type]]]], nrow = length(levels))
    as.numeric(t(table[, ncol(table) - 1:0]))
  })
  setNames(found, names(types))
}

# A limit's Monte Carlo error: half of how far the draws lie apart that are one standard error of
# their rank below and above it.
spacing <- function(values, levels) {
  values <- sort(values)
  n <- length(values)
  as.numeric(vapply(levels, function(level) {
    shares <- c((1 - level) / 2, (1 + level) / 2)
    apart <- sqrt(n * shares * (1 - shares))
    rank <- (n + 1) * shares
    (values[ceiling(rank + apart)] - values[floor(rank - apart)]) / 2
  }, c(0, 0)))
}

jackknife <- function(data, place) {
  k <- nrow(data)
  without <- vapply(seq_len(k), function(i) answers(data$yi[-i], data$vi[-i])[place], 0)
  (k - 1) * (mean(without) - without)
}

page <- function(drawn, types, data) {
  drawn$t <- drawn$t[!is.na(drawn$t[, 1]), ]
  drawn$R <- nrow(drawn$t)
  each <- lapply(c(mean = 1, tau2 = 3), function(place) {
    values <- drawn$t[, place]
    list(observed = drawn$t0[[place]], average = mean(values), sd = sd(values),
         zero = mean(values < 1e-4), draws = drawn$R, spacing = spacing(values, LEVELS),
         limits = limits(drawn, place, LEVELS, types, jackknife(data, place)))
  })
  each
}

arithmetic <- function(drawn, data, place) {
  influence <- jackknife(data, place)
  list(observed = drawn$t0[[place]], error = sqrt(drawn$t0[[place + 1]]),
       draws = drawn$t[, place], errors = sqrt(drawn$t[, place + 1]), influence = influence,
       limits = limits(drawn, place, LEVELS, TYPES, influence))
}

main <- function(out) {
  data <- dataset("dat.collins1985b")[, 1:7]
  data <- escalc("OR", ai = pre.xti, n1i = pre.nti, ci = pre.xci, n2i = pre.nci, data = data)
  data <- data.frame(yi = as.numeric(data$yi), vi = as.numeric(data$vi))
  fit <- rma(yi, vi, data = data)
  mle <- list(mu = as.numeric(coef(fit)), tau2 = fit$tau2)
  set.seed(1985)
  by_model <- boot(data, parametric, R = 10000, sim = "parametric", ran.gen = made, mle = mle)
  by_cases <- boot(data, chosen, R = 10000)
  few <- boot(data, chosen, R = 199)
  unround <- boot(data, chosen, R = 250)
  result <- list(
    versions = c(versions(), boot = as.character(packageVersion("boot"))),
    levels = LEVELS, yi = data$yi, vi = data$vi,
    page = list(parametric = page(by_model, TYPES[1:4], data),
                cases = page(by_cases, TYPES, data)),
    arithmetic = list(mean_199 = arithmetic(few, data, 1), tau2_199 = arithmetic(few, data, 3),
                      mean_250 = arithmetic(unround, data, 1))
  )
  writeLines(as_json(result), out)
}

main(commandArgs(trailingOnly = TRUE)[1])
