# Generalized linear mixed models of counts fitted by lme4 itself, with more nodes and smaller
# thresholds than metafor asks for, written with 17 digits.
#
#   Rscript glmm.R OUT.json
#
# lme4 gives the log-likelihood without its constant if there is more than one node.

source("common.R")
suppressPackageStartupMessages(library(lme4))

tight <- function(formula, d, family, nodes) {
  control <- glmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-9, maxfun = 1e5),
                          tolPwrss = 1e-9, check.conv.grad = "ignore", check.conv.hess = "ignore")
  fit <- suppressWarnings(suppressMessages(
    glmer(formula, data = d, family = family, nAGQ = nodes, control = control)))
  effect <- if ("g" %in% names(fixef(fit))) "g" else "(Intercept)"
  spread <- as.data.frame(VarCorr(fit))
  list(beta = unname(fixef(fit)[effect]), se = sqrt(diag(as.matrix(vcov(fit))))[names(fixef(fit)) == effect],
       tau2 = spread$vcov[nrow(spread)], all_variances = spread$vcov, logLik = as.numeric(logLik(fit)),
       conditional_deviance = deviance(fit), nodes = nodes)
}

long <- function(x1, n1, x2, n2) {
  k <- length(x1)
  data.frame(study = factor(rep(seq_len(k), 2)), g = rep(c(0.5, -0.5), each = k), x = c(x1, x2), n = c(n1, n2))
}

two_groups <- function(x1, n1, x2, n2) {
  keep <- x1 + x2 > 0
  x1 <- x1[keep]; n1 <- n1[keep]; x2 <- x2[keep]; n2 <- n2[keep]
  d <- long(x1, n1, x2, n2)
  wide <- data.frame(study = factor(seq_along(x1)), x1, x2, off = log(n1 / n2))
  list(
    "UM.FS" = tight(cbind(x, n - x) ~ -1 + study + g + (0 + g | study), d, binomial, 25),
    "UM.RS" = tight(cbind(x, n - x) ~ g + (1 | study) + (0 + g | study), d, binomial, 1),
    "CM.AL" = tight(cbind(x1, x2) ~ 1 + offset(off) + (1 | study), wide, binomial, 25)
  )
}

bcg <- dataset("dat.bcg")
nielweise <- dataset("dat.nielweise2007")
pritz <- dataset("dat.pritz1997")
pritz$study <- factor(seq_len(nrow(pritz)))
hart <- dataset("dat.hart1999")
hart$study <- factor(seq_len(nrow(hart)))

out <- list(
  versions = list(R = as.character(getRversion()), lme4 = as.character(packageVersion("lme4")),
                  metadat = as.character(packageVersion("metadat"))),
  "dat.bcg" = two_groups(bcg$tpos, bcg$tpos + bcg$tneg, bcg$cpos, bcg$cpos + bcg$cneg),
  "dat.nielweise2007" = two_groups(nielweise$ai, nielweise$n1i, nielweise$ci, nielweise$n2i),
  "dat.pritz1997" = list(BN = tight(cbind(xi, ni - xi) ~ 1 + (1 | study), pritz, binomial, 25)),
  "dat.hart1999" = list(PN = tight(x1i ~ 1 + offset(log(t1i)) + (1 | study), hart, poisson, 25))
)
writeLines(as_json(out), commandArgs(TRUE)[1])
