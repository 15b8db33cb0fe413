# Selection models of sets that are not pinned, by the metafor that is installed:
# Rscript selection.R live OUT.json

source("common.R")
suppressPackageStartupMessages(library(metadat))

out <- commandArgs(trailingOnly = TRUE)[2]
odds <- function(d) as.data.frame(escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d))
blinded <- data.frame(yi = dat.baskerville2012$smd, vi = dat.baskerville2012$se^2,
                      x = dat.baskerville2012$blind)
sets <- list(
  hackshaw1998 = dat.hackshaw1998, baskerville2012 = blinded, lee2004 = odds(dat.lee2004)
)
sets <- lapply(sets, function(d) d[is.finite(d$yi) & is.finite(d$vi) & d$vi > 0, ])

fitted_by <- function(base, ...) {
  fit <- try(suppressWarnings(selmodel(base, ...)), silent = TRUE)
  if (inherits(fit, "try-error")) return(list())  # an interval without a study
  list(beta = as.numeric(fit$beta), se = fit$se, tau2 = fit$tau2, delta = fit$delta,
       se_delta = fit$se.delta, ll = as.numeric(logLik(fit)), LRT = fit$LRT)
}

models <- function(d) {
  ml <- rma(yi, vi, data = d, method = "ML", control = list(stepadj = 0.5, maxiter = 1000))
  alternative <- if (ml$beta >= 0) "greater" else "less"
  ee <- rma(yi, vi, data = d, method = "EE")
  step <- function(base, steps, alternative) {
    fitted_by(base, type = "stepfun", steps = steps, alternative = alternative)
  }
  found <- list(yi = as.numeric(d$yi), vi = as.numeric(d$vi), alternative = alternative,
                one = step(ml, 0.025, alternative), two = step(ml, c(0.025, 0.5), alternative),
                common = step(ee, 0.025, alternative), sides = step(ml, 0.05, "two.sided"))
  if (!is.null(d$x)) {
    mods <- rma(yi, vi, mods = ~ x, data = d, method = "ML")
    found$x <- d$x
    found$regression <- step(mods, 0.025, alternative)
  }
  found
}

writeLines(as_json(list(versions = versions(), fits = lapply(sets, models))), out)
