# Henmi-Copas intervals and Kenward-Roger figures of pins/inference.json ("hc_tight", "pbkrtest").
#
#   apt-get install r-cran-metafor r-cran-metadat r-cran-pbkrtest     (Debian)
#   Rscript inference.R OUT.json
#
# metafor's hc searches its quantile with a lowered threshold; its default leaves about 1e-5.
# pbkrtest knows lmer fits only, so the covariance matrices of the model y ~ N(X b, V + tau2 I) are
# handed to the functions that find its degrees of freedom and its scaling of F. Lb_ddf is asked
# twice: as it is meant (V0 unadjusted), and with the adjusted matrix in both places, which gives
# the degrees of freedom that meta prints.

source("common.R")
suppressPackageStartupMessages(library(pbkrtest))

henmi_copas <- function(es) {
  es <- es[!is.na(es$yi) & !is.na(es$vi), ]
  fit <- rma(yi, vi, data = es, method = "DL")
  found <- hc(fit, control = list(tol = 1e-15, maxiter = 10000))
  list(beta = found$beta, se = found$se, ci.lb = found$ci.lb, ci.ub = found$ci.ub,
       tau2 = found$tau2)
}

kenward_roger <- function(yi, vi, tau2, X, combinations) {
  W <- diag(1 / (vi + tau2))
  phi <- solve(t(X) %*% W %*% X)
  P <- W - W %*% X %*% phi %*% t(X) %*% W
  P1 <- -t(X) %*% W %*% W %*% X
  Q <- t(X) %*% W %*% W %*% W %*% X
  variance <- 2 / sum(diag(P %*% P))
  adjusted <- phi + 2 * variance * phi %*% (Q - P1 %*% phi %*% P1) %*% phi
  attr(adjusted, "P") <- list(P1)
  attr(adjusted, "W") <- matrix(variance)
  beta <- phi %*% t(X) %*% W %*% yi
  each <- lapply(combinations, function(L) {
    joint <- pbkrtest:::.KR_adjust(adjusted, phi, L, beta, rep(0, ncol(X)))
    list(ddf = Lb_ddf(L, phi, adjusted), ddf_adjusted_in_both = Lb_ddf(L, adjusted, adjusted),
         scaling = joint$F.scaling, F = joint$Fstat, p = joint$p.value)
  })
  c(list(tau2 = tau2, beta = as.numeric(beta), se = sqrt(diag(adjusted))), each)
}

main <- function(out) {
  sets <- read.csv("sets.csv", colClasses = "character")
  sets <- sets[sets$group == "pinned", ]
  result <- list(versions = c(versions(), pbkrtest = as.character(packageVersion("pbkrtest"))),
                 hc_tight = list(), pbkrtest = list())
  for (i in seq_len(nrow(sets))) {
    result$hc_tight[[sets$key[i]]] <-
      henmi_copas(call_escalc(dataset(sets$dataset[i]), sets$call[i]))
  }
  frame <- dataset("dat.bcg")
  es <- escalc("RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = frame, append = FALSE)
  yi <- as.numeric(es$yi)
  row <- function(...) matrix(c(...), nrow = 1)
  result$pbkrtest[["~ 1"]] <-
    kenward_roger(yi, es$vi, 0.3, matrix(1, 13, 1), list("1" = row(1)))
  X <- cbind(1, frame$ablat, frame$year - 1948)
  result$pbkrtest[["~ ablat + I(year - 1948)"]] <- kenward_roger(yi, es$vi, 0.1, X, list(
    "1" = row(1, 0, 0), "2" = row(0, 1, 0), "3" = row(0, 0, 1),
    "30 degrees in 1960" = row(1, 30, 12),
    "2 and 3" = rbind(row(0, 1, 0), row(0, 0, 1)), "all" = diag(3)))
  writeLines(as_json(result), out)
}

main(commandArgs(trailingOnly = TRUE)[1])
