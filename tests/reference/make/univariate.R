# Figures of univariate meta-analyses, computed by metafor and written with 17 digits.
#
#   Rscript univariate.R GROUP OUT.json     GROUP: a value of the column `group` in sets.csv
#
# sets.csv names the data sets of metadat and how escalc is called on each; variants.csv the
# effect measures on their own. Iterative estimators run with thresholds near machine precision;
# where the iteration cannot reach one (its last steps go to and fro), the next looser one is
# taken. Confidence limits of tau2 are searched far beyond the default ceiling.

suppressPackageStartupMessages(library(metafor))

# One JSON text from nested lists of numbers and strings; no package writes 17 digits for us.
as_json <- function(x) {
  if (is.list(x)) {
    if (length(x) == 0) return("{}")
    names_of <- vapply(names(x), encodeString, "", quote = '"')
    parts <- vapply(x, as_json, "")
    return(paste0("{", paste0(names_of, ": ", parts, collapse = ",\n"), "}"))
  }
  if (is.character(x)) return(encodeString(x, quote = '"'))
  text <- sprintf("%.17g", as.numeric(x))
  text[is.na(x)] <- "null"
  text[is.infinite(x)] <- ifelse(x[is.infinite(x)] > 0, '"Inf"', '"-Inf"')
  if (length(x) == 1) text else paste0("[", paste(text, collapse = ", "), "]")
}

dataset <- function(name) {
  file <- file.path("..", "pins", paste0(name, ".csv"))
  if (name == "escalc_all") return(read.csv(file))
  space <- new.env()
  data(list = name, package = "metadat", envir = space)
  as.data.frame(get(name, space))
}

call_escalc <- function(frame, arguments) {
  suppressWarnings(eval(parse(text = sprintf("escalc(%s, data = frame, append = FALSE)", arguments))))
}

tight_fit <- function(es, method, test) {
  for (threshold in c(1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10)) {
    control <- list(threshold = threshold, tol = threshold, maxiter = 10000)
    fit <- try(suppressWarnings(rma(yi, vi, data = es, method = method, test = test,
                                    control = control)), silent = TRUE)
    if (!inherits(fit, "try-error")) return(fit)
  }
  stop("no threshold is reached by ", method)
}

numbers <- function(fit) {
  list(beta = fit$beta[1], se = fit$se, stat = fit$zval, pval = fit$pval, ci_lb = fit$ci.lb,
       ci_ub = fit$ci.ub, tau2 = fit$tau2, I2 = fit$I2, H2 = fit$H2, QE = fit$QE, QEp = fit$QEp,
       k = fit$k)
}

limits <- function(fit, es) {
  ceiling <- 1000 * (fit$tau2 + var(es$yi, na.rm = TRUE) + mean(es$vi, na.rm = TRUE))
  found <- confint(fit, control = list(tol = 1e-15, maxiter = 10000, tau2.max = ceiling))$random
  list(tau2 = unname(found["tau^2", ]), I2 = unname(found["I^2(%)", ]),
       H2 = unname(found["H^2", ]))
}

predicted <- function(fit) {
  answer <- predict(fit)
  list(pred = answer$pred, se = answer$se, pi.lb = answer$pi.lb, pi.ub = answer$pi.ub)
}

figures <- function(es) {
  es <- es[!is.na(es$yi) & !is.na(es$vi), ]
  result <- list(yi = as.numeric(es$yi), vi = es$vi, rma = list(), rma_tight = list(),
                 confint_tau2_tight = list(), predict_tight = list())
  for (test in c("z", "knha", "adhoc")) {
    for (method in c("EE", "DL")) {
      fit <- suppressWarnings(rma(yi, vi, data = es, method = method, test = test))
      result$rma[[paste(method, test, sep = ":")]] <- numbers(fit)
      if (method == "DL" && test == "z") result$confint_tau2_tight[["DL:QP"]] <- limits(fit, es)
    }
    for (method in c("PM", "REML", "ML")) {
      fit <- tight_fit(es, method, test)
      key <- paste(method, test, sep = ":")
      result$rma_tight[[key]] <- numbers(fit)
      result$predict_tight[[key]] <- predicted(fit)
      if (test == "z") result$confint_tau2_tight[[paste0(method, ":QP")]] <- limits(fit, es)
    }
  }
  result
}

with_inputs <- function(frame, inputs) {
  if (inputs == "") return(list())
  columns <- eval(parse(text = sprintf("with(frame, data.frame(%s))", inputs)))
  lapply(as.list(columns), as.numeric)
}

main <- function(group, out) {
  sets <- read.csv("sets.csv", colClasses = "character")
  sets <- sets[sets$group == group, ]
  variants <- if (group == "pinned") read.csv("variants.csv", colClasses = "character") else NULL
  result <- list(
    versions = list(R = paste(R.version$major, R.version$minor, sep = "."),
                    metafor = as.character(packageVersion("metafor")),
                    metadat = as.character(packageVersion("metadat"))),
    fits = list(), escalc = list()
  )
  for (i in seq_len(nrow(sets))) {
    frame <- dataset(sets$dataset[i])
    es <- call_escalc(frame, sets$call[i])
    result$fits[[sets$key[i]]] <- c(figures(es), list(
      all_yi = as.numeric(es$yi), all_vi = es$vi, inputs = with_inputs(frame, sets$inputs[i])))
  }
  for (i in seq_len(NROW(variants))) {
    es <- call_escalc(dataset(variants$dataset[i]), variants$call[i])
    key <- paste(variants$dataset[i], variants$key[i], sep = "/")
    result$escalc[[key]] <- list(yi = as.numeric(es$yi), vi = es$vi)
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
