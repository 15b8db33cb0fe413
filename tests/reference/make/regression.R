# Figures of meta-regressions, computed by metafor and written with 17 digits.
#
#   Rscript regression.R DATA.csv OUT.json
#
# DATA.csv holds several data sets (column `set`) with yi, vi, dose, year and group. Iterative
# estimators run with thresholds near machine precision; where one is not reached, the next looser
# one is taken.

source("common.R")

FORMULAS <- c("~ dose", "~ dose + factor(group)", "~ 0 + factor(group)", "~ dose * factor(group)",
              "~ dose + I(dose^2)", "~ log(dose) + year")

tight <- function(set, formula, method, test) {
  if (method %in% c("EE", "DL", "HE", "HS", "SJ")) {
    return(rma(yi, vi, mods = formula, data = set, method = method, test = test))
  }
  for (threshold in c(1e-13, 1e-11, 1e-10)) {
    control <- list(threshold = threshold, tol = threshold, maxiter = 5000)
    fit <- try(suppressWarnings(rma(yi, vi, mods = formula, data = set, method = method,
                                    test = test, control = control)), silent = TRUE)
    if (!inherits(fit, "try-error")) return(fit)
  }
  NULL
}

numbers <- function(fit) {
  p <- length(fit$beta)
  test <- anova(fit, btt = p)
  combined <- anova(fit, X = rbind(seq_len(p)))
  answer <- predict(fit)
  list(beta = as.numeric(fit$beta), se = fit$se, pval = fit$pval, ci_lb = fit$ci.lb,
       ci_ub = fit$ci.ub, vb = as.numeric(fit$vb), tau2 = fit$tau2, QE = fit$QE, QEp = fit$QEp,
       QM = fit$QM, QMp = fit$QMp, I2 = fit$I2, H2 = fit$H2, last_QM = test$QM, last_p = test$QMp,
       combined = as.numeric(combined$Xb), combined_se = as.numeric(combined$se),
       combined_p = as.numeric(combined$pval), pred = answer$pred, pred_se = answer$se,
       pi_lb = answer$pi.lb, pi_ub = answer$pi.ub, ml = as.numeric(fit$fit.stats[, "ML"]),
       reml = as.numeric(fit$fit.stats[, "REML"]))
}

main <- function(file, out) {
  frame <- read.csv(file)
  result <- list(versions = versions(), fits = list())
  for (name in unique(frame$set)) {
    set <- frame[frame$set == name, ]
    for (text in FORMULAS) for (method in c("EE", "DL", "HE", "HS", "SJ", "PM", "ML", "REML")) {
      for (test in c("z", "knha")) {
        fit <- tight(set, as.formula(text), method, test)
        if (is.null(fit)) next
        result$fits[[paste(name, text, method, test, sep = " | ")]] <- numbers(fit)
      }
    }
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
