# Cluster-robust tests, residuals, variance inflation and exact permutation tests at a given tau2.
#
#   Rscript robust.R TABLE.csv OUT.json [SMALL]
#
# SMALL is the number of studies of the permutation tests, which take most of the time: 6, or 0 for
# none.
# TABLE.csv has the columns y, v, x1, x2, one, w (weights) and cluster; `one` is 1 in one cluster.
# tau2 is fixed, so that all but the permutation tests is a closed form. Where the package
# clubSandwich is not installed its figures are left out.

source("common.R")

TAU2 <- 0.05
with_club <- suppressMessages(requireNamespace("clubSandwich", quietly = TRUE))

cases <- list(
  mean = list(mods = ~ 1, weighted = FALSE),
  mean_weighted = list(mods = ~ 1, weighted = TRUE),
  slopes = list(mods = ~ x1 + x2, weighted = FALSE),
  slopes_weighted = list(mods = ~ x1 + x2, weighted = TRUE),
  one_cluster = list(mods = ~ x1 + x2 + one, weighted = FALSE)
)

# Data go in as vectors: clubSandwich looks the arguments of the call up again.
fit_case <- function(frame, case, ...) {
  x <- model.matrix(case$mods, frame)
  if (case$weighted) rma(frame$y, frame$v, mods = x, intercept = FALSE, weights = frame$w, ...)
  else rma(frame$y, frame$v, mods = x, intercept = FALSE, ...)
}

residual_method <- function(fit, cluster, adjust) {
  found <- do.call(robust, list(fit, cluster = cluster, adjust = adjust))
  list(vb = c(found$vb), df = found$dfs, p = found$pval, low = found$ci.lb, high = found$ci.ub,
       QM = found$QM, QMp = found$QMp)
}

bias_reduced <- function(fit, cluster) {
  V <- clubSandwich::vcovCR(fit, cluster = cluster, type = "CR2")
  tests <- clubSandwich::coef_test(fit, vcov = V, test = "Satterthwaite")
  result <- list(vb = c(as.matrix(V)), df = tests$df_Satt, p = tests$p_Satt)
  if (fit$p > 1) {
    slopes <- cbind(0, diag(fit$p - 1))
    joint <- clubSandwich::Wald_test(fit, constraints = slopes, vcov = V, test = "HTZ")
    result <- c(result, list(F = joint$Fstat, F_df = joint$df_denom, F_p = joint$p_val))
    # linear_contrast fails on weighted fits in clubSandwich 0.5.8; the test of one row is its t².
    one <- clubSandwich::Wald_test(fit, constraints = matrix(c(0, 1, -2, 0)[seq_len(fit$p)], 1), vcov = V,
                                   test = "HTZ")
    result <- c(result, list(contrast_F = one$Fstat, contrast_df = one$df_denom,
                             contrast_p = one$p_val))
  }
  result
}

figures <- function(frame, case) {
  fit <- suppressWarnings(fit_case(frame, case, tau2 = TAU2))
  deleted <- suppressWarnings(rstudent(fit))
  standardized <- rstandard(fit)
  result <- list(beta = c(fit$beta), CR1 = residual_method(fit, frame$cluster, TRUE),
                 CR0 = residual_method(fit, frame$cluster, FALSE), hat = unname(hatvalues(fit)),
                 pearson = unname(residuals(fit, type = "pearson")), raw = standardized$resid,
                 se = standardized$se, deleted = deleted$resid, deleted_se = deleted$se)
  if (with_club) result$CR2 <- bias_reduced(fit, frame$cluster)
  if (fit$p > 1) {
    result$vif <- unname(sapply(vif(fit)$vif, `[[`, "vif"))
    inflated <- vif(fit, btt = list(2:3))$vif[[1]]  # all of two moderators: 1
    result$gvif <- inflated$vif
    result$gsif <- inflated$sif
  }
  result
}

arranged <- function(frame, case) {
  fit <- fit_case(frame, case, method = "DL")
  found <- suppressWarnings(permutest(fit, exact = TRUE, progbar = FALSE))
  list(p = found$pval, QMp = found$QMp, count = found$exact.iter)
}

main <- function(table, out, small = 6) {
  frame <- read.csv(table)
  club <- if (with_club) as.character(packageVersion("clubSandwich")) else "not installed"
  result <- list(versions = c(versions(), list(clubSandwich = club)), tau2 = TAU2,
                 table = as.list(frame), fits = lapply(cases, function(each) figures(frame, each)))
  if (small > 0)
    result$permutations <- lapply(cases[1:4], function(each) arranged(head(frame, small), each))
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2], small = if (length(arguments) > 2) as.numeric(arguments[3]) else 6)
