# Counts pooled by metafor, and tested by base R, written with 17 digits.
#
#   Rscript counts.R TABLES.csv OUT.json
#
# TABLES.csv has the columns set, a, n1, c, n2, t1, t2: several sets of studies. What R refuses is
# written as its error.

source("common.R")

kept <- c("beta", "se", "zval", "pval", "QE", "QEp", "I2", "H2", "MH", "MHp", "BD", "BDp", "TA", "TAp")

figures <- function(call) {
  found <- tryCatch(suppressWarnings(call), error = function(e) list(error = conditionMessage(e)))
  if (!is.null(found$error)) return(found)
  lapply(setNames(kept, kept), function(name) {
    value <- as.numeric(found[[name]])
    if (length(value) == 1) value else NA
  })
}

base_r <- function(d, correct) {
  cells <- aperm(array(c(d$a, d$n1 - d$a, d$c, d$n2 - d$c), dim = c(nrow(d), 2, 2)), c(2, 3, 1))
  found <- tryCatch(mantelhaen.test(cells, correct = correct), error = function(e) NULL)
  if (is.null(found)) list() else list(statistic = found$statistic, p = found$p.value,
                                       estimate = found$estimate, limits = found$conf.int)
}

pooled <- function(d) {
  result <- list()
  for (measure in c("OR", "RR", "RD")) {
    for (drop in c(TRUE, FALSE)) {
      result[[paste0(measure, ":drop00=", drop)]] <-
        figures(rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, data = d, measure = measure, drop00 = drop,
                       correct = FALSE))
    }
    result[[paste0(measure, ":add")]] <-
      figures(rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, data = d, measure = measure,
                     add = c(.5, .5), to = c("only0", "only0"),
                     drop00 = if (measure == "RD") c(FALSE, FALSE) else c(TRUE, TRUE)))
  }
  result[["OR:correct"]] <- figures(rma.mh(ai = a, n1i = n1, ci = c, n2i = n2, data = d))
  result[["PETO"]] <- figures(rma.peto(ai = a, n1i = n1, ci = c, n2i = n2, data = d))
  for (measure in c("IRR", "IRD")) {
    result[[measure]] <- figures(rma.mh(x1i = a, x2i = c, t1i = t1, t2i = t2, data = d,
                                        measure = measure, drop00 = measure == "IRR", correct = FALSE))
  }
  result[["mantelhaen"]] <- base_r(d, FALSE)
  result[["mantelhaen:correct"]] <- base_r(d, TRUE)
  result
}

main <- function(tables, out) {
  given <- read.csv(tables)
  sets <- lapply(split(given, given$set), pooled)
  writeLines(as_json(list(versions = versions(), sets = sets)), out)
}

do.call(main, as.list(commandArgs(trailingOnly = TRUE)))
