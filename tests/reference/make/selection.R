# Selection models of sets that are not pinned, by the metafor that is installed:
# Rscript selection.R live OUT.json

source("common.R")
suppressPackageStartupMessages(library(metadat))

out <- commandArgs(trailingOnly = TRUE)[2]
zcor <- function(d) as.data.frame(escalc(measure = "ZCOR", ri = ri, ni = ni, data = d))
odds <- function(d) as.data.frame(escalc(measure = "OR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d))
ratio <- function(d) {
  as.data.frame(escalc(measure = "RR", ai = ai, n1i = n1i, ci = ci, n2i = n2i, data = d))
}
blinded <- data.frame(yi = dat.baskerville2012$smd, vi = dat.baskerville2012$se^2,
                      x = dat.baskerville2012$blind)
sets <- list(
  hackshaw1998 = dat.hackshaw1998, baskerville2012 = blinded,
  lopez2019 = data.frame(yi = dat.lopez2019$diff, vi = dat.lopez2019$se^2),
  cohen1981 = zcor(dat.cohen1981), bangertdrowns2004 = dat.bangertdrowns2004,
  molloy2014 = zcor(dat.molloy2014), linde2005 = ratio(dat.linde2005),
  lee2004 = odds(dat.lee2004), egger2001 = odds(dat.egger2001)
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
