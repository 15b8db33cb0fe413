# Figures of univariate meta-analyses, computed by metafor and written with 17 digits.
#
#   Rscript univariate.R GROUP OUT.json     GROUP: a value of the column `group` in sets.csv
#
# sets.csv names the data sets of metadat and how escalc is called on each. Iterative estimators run with thresholds near machine precision;
# where the iteration cannot reach one (its last steps go to and fro), the next looser one is
# taken. Confidence limits of tau2 are searched far beyond the default ceiling.

source("common.R")

tight_fit <- function(es, method, test) {
  for (threshold in c(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10)) {
    control <- list(threshold = threshold, tol = threshold, maxiter = 10000)
    fit <- try(suppressWarnings(rma(yi, vi, data = es, method = method, test = test,
                                    control = control)), silent = TRUE)
    if (!inherits(fit, "try-error")) return(fit)
  }
  stop("no threshold is reached by ", method)
}

numbers <- function(fit) {
  list(beta = fit$beta[1], se = fit$se, stat = fit$zval, pval = fit$pval, ci_lb = fit$ci.lb,
       ci_ub = fit$ci.ub, tau2 = fit$tau2, I2 = fit$I2, H2 = fit$H2, QE = fit$QE, QEp = fit$QEp,
       k = fit$k)
}

limits <- function(fit, es) {
  ceiling <- 1000 * (fit$tau2 + var(es$yi, na.rm = TRUE) + mean(es$vi, na.rm = TRUE))
  found <- confint(fit, control = list(tol = 1e-15, maxiter = 10000, tau2.max = ceiling))$random
  list(tau2 = unname(found["tau^2", ]), I2 = unname(found["I^2(%)", ]),
       H2 = unname(found["H^2", ]))
}

predicted <- function(fit) {
  answer <- predict(fit)
  list(pred = answer$pred, se = answer$se, pi.lb = answer$pi.lb, pi.ub = answer$pi.ub)
}

figures <- function(es) {
  es <- es[!is.na(es$yi) & !is.na(es$vi), ]
  result <- list(yi = as.numeric(es$yi), vi = es$vi, rma = list(), rma_tight = list(),
                 confint_tau2_tight = list(), predict_tight = list())
  for (test in c("z", "knha", "adhoc")) {
    for (method in c("EE", "DL")) {
      fit <- suppressWarnings(rma(yi, vi, data = es, method = method, test = test))
      result$rma[[paste(method, test, sep = ":")]] <- numbers(fit)
      if (method == "DL" && test == "z") result$confint_tau2_tight[["DL:QP"]] <- limits(fit, es)
    }
    for (method in c("PM", "REML", "ML")) {
      fit <- tight_fit(es, method, test)
      key <- paste(method, test, sep = ":")
      result$rma_tight[[key]] <- numbers(fit)
      result$predict_tight[[key]] <- predicted(fit)
      if (test == "z") result$confint_tau2_tight[[paste0(method, ":QP")]] <- limits(fit, es)
    }
  }
  result
}

with_inputs <- function(frame, inputs) {
  if (inputs == "") return(list())
  columns <- eval(parse(text = sprintf("with(frame, data.frame(%s))", inputs)))
  lapply(as.list(columns), as.numeric)
}

main <- function(group, out) {
  sets <- read.csv("sets.csv", colClasses = "character")
  sets <- sets[sets$group == group, ]
  result <- list(versions = versions(), fits = list())
  for (i in seq_len(nrow(sets))) {
    frame <- dataset(sets$dataset[i])
    es <- call_escalc(frame, sets$call[i])
    result$fits[[sets$key[i]]] <- c(figures(es), list(
      all_yi = as.numeric(es$yi), all_vi = es$vi, inputs = with_inputs(frame, sets$inputs[i])))
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
