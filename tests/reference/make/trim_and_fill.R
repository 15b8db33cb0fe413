# Trim and fill, fail-safe N and excess significance of data sets that are not pinned.
#
#   Rscript trim_and_fill.R live OUT.json
#
# The studies go in by falling precision: of equal effects trimfill() trims the last row first, so
# that its numbers hang on the order of the rows.

source("common.R")

# Ties; a Q0 without a value; the right side; the exact test, of few studies.
calls <- c(
  dat.hackshaw1998 = "",
  dat.linde2005 = "measure = 'RR', ai = ai, n1i = n1i, ci = ci, n2i = n2i",
  dat.li2007 = "measure = 'OR', ai = ai, n1i = n1i, ci = ci, n2i = n2i",
  dat.hine1989 = "measure = 'RD', ai = ai, n1i = n1i, ci = ci, n2i = n2i"
)

filled <- function(fit, estimator, side) {
  found <- try(suppressWarnings(trimfill(fit, estimator = estimator, side = side)), silent = TRUE)
  if (inherits(found, "try-error")) return(list(error = 1))
  list(k0 = found$k0, se_k0 = found$se.k0, beta = found$beta[1], se = found$se, tau2 = found$tau2,
       y = sum(found$yi), y2 = sum(found$yi^2))
}

tested <- function(fit, test, alternative) {
  found <- tes(fit, test = test, tes.alternative = alternative, progbar = FALSE)
  list(O = found$O, E = found$E, pval = found$pval)
}

figures <- function(es) {
  es <- es[!is.na(es$yi) & !is.na(es$vi), ]
  es <- es[order(es$vi), ]
  result <- list(yi = as.numeric(es$yi), vi = as.numeric(es$vi), trimfill = list(), auto = list(),
                 fsn = list(), tes = list())
  fits <- list(EE = rma(yi, vi, data = es, method = "EE"), DL = rma(yi, vi, data = es, method = "DL"))
  for (method in names(fits)) {
    result$auto[[method]] <- trimfill(fits[[method]])$side
    for (estimator in c("L0", "R0", "Q0")) for (side in c("left", "right"))
      result$trimfill[[paste(method, estimator, side, sep = ":")]] <-
        filled(fits[[method]], estimator, side)
  }
  for (type in c("Rosenthal", "Rosenberg"))
    result$fsn[[type]] <- fsn(es$yi, es$vi, type = type)$fsnum
  result$fsn$Orwin <- fsn(es$yi, es$vi, type = "Orwin", target = 0.1)$fsnum
  result$fsn$Orwin_weighted <-
    fsn(es$yi, es$vi, type = "Orwin", weighted = TRUE, target = 0.1)$fsnum
  for (test in c("chi2", "binom", if (nrow(es) < 11) "exact"))
    for (alternative in if (test == "exact") c("greater", "two.sided")
                         else c("greater", "less", "two.sided"))
      result$tes[[paste(test, alternative, sep = ":")]] <- tested(fits$EE, test, alternative)
  result
}

main <- function(out) {
  result <- list(versions = versions(), sets = list())
  for (name in names(calls)) {
    frame <- dataset(name)
    es <- if (calls[name] == "") frame else call_escalc(frame, calls[name])
    result$sets[[name]] <- figures(es)
  }
  writeLines(as_json(result), out)
}

main(commandArgs(trailingOnly = TRUE)[2])
