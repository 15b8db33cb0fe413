# Measures of influence of pins/influence.json ("tight", "designs", "clusters").
#
#   apt-get install r-cran-metafor r-cran-metadat     (Debian)
#   Rscript influence.R KEY OUT.json     KEY: values of the column `key` in sets.csv, by commas (REML:z alone), or "all"
#
# influence() refits at the thresholds the fit was made with, which are set near machine precision.
# The tables of clusters are worked out from one call of rma for each, beside what rma.mv says.

source("common.R")

MEASURES <- c("rstudent", "dffits", "cook.d", "cov.r", "tau2.del", "QE.del", "hat", "weight")
DESIGNS <- list(
  c("dat.bcg", "measure='RR', ai=tpos, bi=tneg, ci=cpos, di=cneg", "~ ablat"),
  c("dat.bcg", "measure='RR', ai=tpos, bi=tneg, ci=cpos, di=cneg", "~ ablat + year"),
  c("dat.bcg", "measure='RR', ai=tpos, bi=tneg, ci=cpos, di=cneg", "~ factor(alloc)"),
  c("dat.raudenbush1985", "measure='GEN', yi=yi, vi=vi", "~ weeks + setting"),
  c("dat.bangertdrowns2004", "measure='GEN', yi=yi, vi=vi", "~ length + wic")
)
CLUSTERS <- list(c("dat.konstantopoulos2011", "district", "~ 1"),
                 c("dat.konstantopoulos2011", "district", "~ year"),
                 c("dat.assink2016", "study", "~ year + pubstatus"))

tight <- function(arguments) {
  for (threshold in c(1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9)) {
    control <- list(threshold = threshold, tol = threshold, maxiter = 10000)
    fit <- try(suppressWarnings(do.call(rma, c(arguments, list(control = control)))), silent = TRUE)
    if (inherits(fit, "try-error")) next
    found <- try(suppressWarnings(influence(fit)), silent = TRUE)
    if (!inherits(found, "try-error") && !anyNA(found$inf$tau2.del[found$inf$hat < 1 - 1e-9])) {
      return(list(fit = fit, found = found))
    }
  }
  stop("no threshold is reached by all subsets")
}

# What influence, baujat and blup say.
measured <- function(arguments) {
  both <- tight(arguments)
  pdf(NULL)
  points <- suppressWarnings(baujat(both$fit))
  dev.off()
  inf <- both$found$inf
  result <- lapply(MEASURES, function(name) as.numeric(inf[[name]]))
  names(result) <- MEASURES
  result$dfbs <- lapply(seq_len(both$fit$p), function(j) as.numeric(both$found$dfbs[[j]]))
  result$dfbs <- setNames(result$dfbs, paste0("b", seq_len(both$fit$p)))
  result$is_infl <- as.integer(both$found$is.infl)
  result$baujat <- list(x = as.numeric(points$x), y = as.numeric(points$y))
  shrunk <- as.data.frame(suppressWarnings(blup(both$fit)))
  result$blup <- lapply(as.list(shrunk)[c("pred", "se", "pi.lb", "pi.ub")], as.numeric)
  result$tau2 <- both$fit$tau2
  result
}

# Everything about clusters of independent effects, one call of rma for each.
by_hand <- function(frame, cluster, formula) {
  arguments <- function(rows) list(yi = frame$yi[rows], vi = frame$vi[rows],
                                   mods = model.matrix(formula, frame)[rows, , drop = FALSE],
                                   intercept = FALSE, method = "REML")
  fit_of <- function(rows) {
    for (threshold in c(1e-14, 1e-13, 1e-12, 1e-11, 1e-10)) {
      control <- list(threshold = threshold, maxiter = 10000)
      fit <- try(suppressWarnings(do.call(rma, c(arguments(rows), list(control = control)))),
                 silent = TRUE)
      if (!inherits(fit, "try-error")) return(fit)
    }
    stop("no threshold is reached")
  }
  whole <- fit_of(rep(TRUE, nrow(frame)))
  x <- model.matrix(formula, frame)
  rows <- lapply(unique(cluster), function(one) {
    own <- cluster == one
    fit <- fit_of(!own)
    xc <- x[own, , drop = FALSE]
    e <- frame$yi[own] - xc %*% coef(fit)
    shift <- as.numeric(coef(whole) - coef(fit))
    joint <- diag(frame$vi[own] + fit$tau2, sum(own)) + xc %*% vcov(fit) %*% t(xc)
    all_of <- solve(t(x) %*% (x / (frame$vi + fit$tau2)))
    c(X2 = sum(e * solve(joint, e)), cook = sum(shift * solve(vcov(whole), shift)),
      cov.r = det(vcov(fit)) / det(vcov(whole)), tau2 = fit$tau2, QE = fit$QE,
      dfbs = shift / sqrt(diag(all_of)), coef = as.numeric(coef(fit)))
  })
  table <- do.call(rbind, rows)
  setNames(lapply(seq_len(ncol(table)), function(i) unname(table[, i])), colnames(table))
}

multivariate <- function(frame, cluster, formula) {
  frame$row <- seq_len(nrow(frame))
  fit <- rma.mv(yi, vi, mods = formula, random = ~ 1 | row, data = frame)
  list(X2 = as.numeric(rstudent(fit, cluster = cluster)$cluster$X2),
       cook = as.numeric(cooks.distance(fit, cluster = cluster)),
       dfbs1 = as.numeric(dfbetas(fit, cluster = cluster)[[1]]),
       place = match(names(cooks.distance(fit, cluster = cluster)), unique(cluster)))
}

main <- function(key, out) {
  sets <- read.csv("sets.csv", colClasses = "character")
  sets <- sets[if (key == "all") sets$group == "pinned" else sets$key %in% strsplit(key, ",")[[1]], ]
  result <- list(versions = versions(), tight = list())
  for (i in seq_len(nrow(sets))) {
    es <- call_escalc(dataset(sets$dataset[i]), sets$call[i])
    es <- es[!is.na(es$yi) & !is.na(es$vi), ]
    own <- list(yi = as.numeric(es$yi), vi = as.numeric(es$vi))
    for (name in if (key == "all") c("REML:z", "REML:knha", "ML:z") else "REML:z") {
      parts <- strsplit(name, ":")[[1]]
      own[[name]] <- measured(list(yi = own$yi, vi = own$vi, method = parts[1], test = parts[2]))
    }
    result$tight[[sets$key[i]]] <- own
  }
  if (key == "all") {
    for (each in DESIGNS) {
      frame <- dataset(each[1])
      es <- call_escalc(frame, each[2])
      x <- model.matrix(as.formula(each[3]), frame)
      keep <- rownames(frame) %in% rownames(x) & !is.na(es$yi)
      own <- list(yi = as.numeric(es$yi)[keep], vi = as.numeric(es$vi)[keep])
      own$columns <- setNames(lapply(seq_len(ncol(x)), function(j) as.numeric(x[, j])),
                              paste0("x", seq_len(ncol(x))))
      for (test in c("z", "knha")) {
        own[[paste0("REML:", test)]] <- measured(list(yi = own$yi, vi = own$vi, mods = x,
                                                      intercept = FALSE, method = "REML", test = test))
      }
      result$designs[[paste(each[1], each[3])]] <- own
    }
    for (each in CLUSTERS) {
      frame <- dataset(each[1])
      cluster <- frame[[each[2]]]
      formula <- as.formula(each[3])
      x <- model.matrix(formula, frame)
      result$clusters[[paste(each[1], each[3])]] <- list(
        yi = as.numeric(frame$yi), vi = as.numeric(frame$vi), cluster = match(cluster, unique(cluster)),
        columns = setNames(lapply(seq_len(ncol(x)), function(j) as.numeric(x[, j])),
                           paste0("x", seq_len(ncol(x)))),
        by_hand = by_hand(frame, cluster, formula), rma.mv = multivariate(frame, cluster, formula))
    }
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
