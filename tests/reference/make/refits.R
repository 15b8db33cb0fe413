# Leave-one-out and cumulative figures of pins/refits.json ("tight").
#
#   apt-get install r-cran-metafor r-cran-metadat     (Debian)
#   Rscript refits.R KEY OUT.json     KEY: a value of the column `key` in sets.csv, or "all"
#
# Every refit is one call of rma on the remaining studies, with thresholds near machine precision;
# leave1out() and cumul() do the same at whatever threshold the fit was made with.

source("common.R")

FIELDS <- c("beta", "se", "zval", "pval", "ci.lb", "ci.ub", "QE", "QEp", "tau2", "I2", "H2")

tight_fit <- function(yi, vi, method, test) {
  for (threshold in c(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10)) {
    control <- list(threshold = threshold, tol = threshold, maxiter = 10000)
    fit <- try(suppressWarnings(rma(yi, vi, method = method, test = test, control = control)),
               silent = TRUE)
    if (!inherits(fit, "try-error")) return(fit)
  }
  stop("no threshold is reached by ", method)
}

refits <- function(es, subsets, method, test) {
  found <- lapply(subsets, function(chosen) {
    fit <- tight_fit(as.numeric(es$yi)[chosen], es$vi[chosen], method, test)
    vapply(FIELDS, function(name) as.numeric(fit[[name]])[1], 0)
  })
  table <- do.call(rbind, found)
  result <- lapply(FIELDS, function(name) unname(table[, name]))
  setNames(result, FIELDS)
}

main <- function(key, out) {
  sets <- read.csv("sets.csv", colClasses = "character")
  sets <- sets[if (key == "all") sets$group == "pinned" else sets$key == key, ]
  result <- list(versions = versions(), tight = list())
  for (i in seq_len(nrow(sets))) {
    es <- call_escalc(dataset(sets$dataset[i]), sets$call[i])
    es <- es[!is.na(es$yi) & !is.na(es$vi), ]
    k <- nrow(es)
    order <- order(es$vi)
    without <- lapply(seq_len(k), function(i) setdiff(seq_len(k), i))
    first <- lapply(2:k, function(i) order[seq_len(i)])
    own <- list(order = order, leave1out = list(), cumul = list())
    for (key in c("REML:z", "REML:knha", "ML:adhoc")) {
      parts <- strsplit(key, ":")[[1]]
      own$leave1out[[key]] <- refits(es, without, parts[1], parts[2])
      own$cumul[[key]] <- refits(es, first, parts[1], parts[2])
    }
    result$tight[[sets$key[i]]] <- own
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
