# Effect measures, computed by metafor and written with 17 digits.
#
#   Rscript escalc.R CALLS.csv OUT.json [TABLE.csv]
#
# CALLS.csv has the columns of variants.csv: data set, key, arguments of escalc. With TABLE.csv every
# call is made on that table, whatever its data set. What metafor refuses is written as its error.

source("common.R")

# An entry named "summary.escalc ..." is all that summary() adds; others are yi and vi.
effects <- function(frame, key, arguments) {
  es <- call_escalc(frame, arguments)
  if (startsWith(key, "summary.escalc")) es <- summary(es)
  lapply(as.list(as.data.frame(es)), as.numeric)
}

main <- function(calls, out, table = NULL) {
  calls <- read.csv(calls, colClasses = "character")
  given <- if (is.null(table)) NULL else read.csv(table)
  result <- list(versions = versions(), escalc = list())
  for (i in seq_len(nrow(calls))) {
    frame <- if (is.null(given)) dataset(calls$dataset[i]) else given
    found <- tryCatch(effects(frame, calls$key[i], calls$call[i]),
                      error = function(e) list(error = conditionMessage(e)))
    result$escalc[[paste(calls$dataset[i], calls$key[i], sep = "/")]] <- found
  }
  writeLines(as_json(result), out)
}

do.call(main, as.list(commandArgs(trailingOnly = TRUE)))
