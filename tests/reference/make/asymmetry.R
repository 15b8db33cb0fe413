# Tests of funnel asymmetry by metafor, of some sets in sets.csv, with 17 digits.
#
#   Rscript asymmetry.R "KEY;KEY" OUT.json      KEY: a value of the column `key`, or of `group`
#
# regtest: weighted lines ("lm", METHOD:test for rma), by predictor. regtest takes no thresholds;
# the restricted likelihood is therefore fitted by rma itself, near machine precision ("tight").
# ranks: ranktest, and cor.test of the same numbers by the normal distribution with and without a
# continuity correction.

source("common.R")

PREDICTORS <- c("sei", "vi", "ni", "ninv", "sqrtni", "sqrtninv")

limits <- function(found) {
  result <- list(zval = as.numeric(found$zval), pval = as.numeric(found$pval))
  if (!is.null(found$est)) {
    result$limit <- c(as.numeric(found$est), found$ci.lb, found$ci.ub)
  }
  result
}

regressions <- function(y, v, n) {
  result <- list()
  for (predictor in if (is.null(n)) PREDICTORS[1:2] else PREDICTORS) {
    given <- list(x = y, vi = v, predictor = predictor)
    if (!is.null(n)) given$ni <- n
    for (spec in c("lm", "EE:z", "DL:t", "HE:adhoc")) {
      parts <- strsplit(spec, ":")[[1]]
      more <- if (spec == "lm") list(model = "lm") else list(method = parts[1], test = parts[2])
      found <- try(suppressWarnings(do.call(regtest, c(given, more))), silent = TRUE)
      if (inherits(found, "try-error")) next # a predictor that is all but constant, or so small
      result[[paste(spec, predictor, sep = "|")]] <- limits(found)
    }
  }
  result
}

tight <- function(y, v) {
  for (threshold in c(1e-14, 1e-12, 1e-11, 1e-10)) {
    control <- list(threshold = threshold, tol = threshold, maxiter = 10000)
    fit <- try(suppressWarnings(rma(y, v, mods = ~ sqrt(v), method = "REML", test = "knha",
                                    control = control)), silent = TRUE)
    if (!inherits(fit, "try-error")) {
      return(list(tau2 = fit$tau2, zval = fit$zval[2], pval = fit$pval[2],
                  limit = c(fit$beta[1], fit$ci.lb[1], fit$ci.ub[1])))
    }
  }
  stop("no threshold is reached")
}

ranks <- function(y, v) {
  own <- suppressWarnings(ranktest(y, v))
  w <- 1 / v
  standard <- (y - sum(w * y) / sum(w)) / sqrt(v - 1 / sum(w))
  p <- function(continuity) {
    suppressWarnings(cor.test(standard, v, method = "kendall", exact = FALSE,
                              continuity = continuity))$p.value
  }
  list(tau = as.numeric(own$tau), pval = as.numeric(own$pval), normal = p(FALSE),
       continuity = p(TRUE))
}

main <- function(keys, out) {
  sets <- read.csv("sets.csv", colClasses = "character")
  wanted <- strsplit(keys, ";")[[1]]
  sets <- sets[sets$group %in% wanted | sets$key %in% wanted, ]
  result <- list(versions = versions(), sets = list())
  for (i in seq_len(nrow(sets))) {
    es <- call_escalc(dataset(sets$dataset[i]), sets$call[i])
    n <- attr(es$yi, "ni")
    known <- !is.na(es$yi) & !is.na(es$vi) & es$vi > 0
    y <- as.numeric(es$yi)[known]
    v <- es$vi[known]
    own <- list(yi = y, vi = v)
    if (!is.null(n)) own$ni <- n <- as.numeric(n)[known]
    result$sets[[sets$key[i]]] <- c(own, list(regtest = regressions(y, v, n), tight = tight(y, v),
                                              ranks = ranks(y, v)))
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
