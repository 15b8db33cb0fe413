# metafor's transformations at the pinned arguments, and a pool of double arcsines read at the
# harmonic mean of n, written with 17 digits.
#
#   Rscript transf.R CALLS.csv OUT.json
#
# CALLS.csv has the columns of transf.csv: key of the pin, its arguments x (with blanks between
# them), and the call, which is made on one x after the other; i counts them. metafor 3.8 says
# logor where later versions say lnor.

source("common.R")

each <- function(call, all_x) {
  expression <- parse(text = call)
  value <- function(i) as.numeric(eval(expression, list(x = all_x[i], i = i)))
  vapply(seq_along(all_x), value, 0)
}

# What the pool of double arcsines reads at the harmonic mean of n.
double_arcsine <- function() {
  frame <- dataset("dat.pritz1997")
  fit <- rma(yi, vi, data = call_escalc(frame, "measure = 'PFT', xi = xi, ni = ni"))
  read <- predict(fit, transf = transf.ipft.hm, targs = list(ni = frame$ni))
  unclass(read)[c("pred", "ci.lb", "ci.ub", "pi.lb", "pi.ub")]
}

main <- function(calls, out) {
  calls <- read.csv(calls, colClasses = "character")
  result <- list(versions = versions(), transf = list(), predict_PFT_hm = double_arcsine())
  for (row in seq_len(nrow(calls))) {
    x <- as.numeric(strsplit(calls$x[row], " ")[[1]])
    call <- calls$call[row]
    if (!exists(sub("\\(.*", "", call))) call <- sub("lnor", "logor", call)
    result$transf[[calls$key[row]]] <- tryCatch(
      list(y = each(call, x)), error = function(e) list(error = conditionMessage(e)))
  }
  writeLines(as_json(result), out)
}

do.call(main, as.list(commandArgs(trailingOnly = TRUE)))
