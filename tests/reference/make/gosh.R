# Every subset of the first five studies of some data sets, for test_gosh_live.py.
#
#   apt-get install r-cran-metafor r-cran-metadat     (Debian)
#   Rscript gosh.R live OUT.json
#
# pins/gosh_bcg.npz holds the same of all 13 studies of dat.bcg (log risk ratios), methods EE and
# REML at R's default threshold, by metafor 5.1.0: estimate, QE, I2 and H2 of EE, and estimate and
# tau2 of REML, as 64-bit numbers, I2 of REML as 32-bit ones; row i has study j if bit j of i + 1 is
# set.

source("common.R")

SETS <- list(
  c("dat.hart1999", "measure='IRR', x1i=x1i, x2i=x2i, t1i=t1i, t2i=t2i"),
  c("dat.normand1999", "measure='SMD', m1i=m1i, sd1i=sd1i, n1i=n1i, m2i=m2i, sd2i=sd2i, n2i=n2i"),
  c("dat.egger2001", "measure='OR', ai=ai, n1i=n1i, ci=ci, n2i=n2i")
)
STUDIES <- 5

every <- function(set, method) {
  found <- head(call_escalc(dataset(set[1]), set[2]), STUDIES)
  fit <- rma(yi, vi, data = found, method = method,
             control = list(threshold = 1e-12, maxiter = 10000))
  subsets <- suppressWarnings(gosh(fit, progbar = FALSE))
  place <- as.numeric(subsets$incl %*% 2^(seq_len(STUDIES) - 1))
  c(list(yi = as.numeric(found$yi), vi = as.numeric(found$vi), place = place),
    lapply(as.list(subsets$res)[c("estimate", "tau2", "QE", "I2", "H2")], as.numeric))
}

out <- list()
for (set in SETS) for (method in c("EE", "DL", "REML")) {
  out[[paste(set[1], method)]] <- every(set, method)
}
writeLines(as_json(c(out, list(versions = versions()))), commandArgs(TRUE)[2])
