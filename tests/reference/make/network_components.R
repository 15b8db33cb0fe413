# Component network meta-analyses of pins/network_components.json: sums of components as moderators
# of a multivariate model, whose contrasts share half of tau² within a study.
#
#   apt-get install r-base-core r-cran-metafor     (Debian)
#   Rscript network_components.R pinned OUT.json
#
# Contrasts are those of dat.linde2016.csv against the first arm of each study; rounded ones of
# studies with many arms are replaced by differences of their arms' means. Without the studies of
# usual care ("disconnected") the network falls into two parts, of 65 and 3 studies, which share
# face-to-face CBT. tau² is given ("0", "0.05": closed forms), or searched for by rma.mv.

source("common.R")

stacked <- function(rows) {
  y <- V <- one <- two <- study <- arm <- list()
  for (id in unique(rows$id)) {
    own <- rows[rows$id == id, ]
    arms <- sort(unique(c(own$treat1, own$treat2)))
    a <- length(arms)
    effect <- variance <- matrix(0, a, a, dimnames = list(arms, arms))
    for (i in seq_len(nrow(own))) {
      pair <- c(own$treat1[i], own$treat2[i])
      effect[pair[1], pair[2]] <- own$lnOR[i]
      effect[pair[2], pair[1]] <- -own$lnOR[i]
      variance[pair[1], pair[2]] <- variance[pair[2], pair[1]] <- own$selnOR[i]^2
    }
    level <- rowMeans(effect)
    others <- seq_len(a)[-1]
    y[[id]] <- level[others] - level[1]
    V[[id]] <- (outer(variance[others, 1], variance[others, 1], "+") - variance[others, others]) / 2
    one[[id]] <- arms[others]
    two[[id]] <- rep(arms[1], a - 1)
    study[[id]] <- rep(id, a - 1)
    arm[[id]] <- others
  }
  list(y = unlist(y), V = bldiag(unname(V)), one = unlist(one), two = unlist(two),
       study = unlist(study), arm = unlist(arm))
}

columns_of <- function(names, components, interactions) {
  parts <- lapply(strsplit(names, "+", fixed = TRUE), trimws)
  main <- sapply(components, function(one) as.numeric(sapply(parts, function(p) one %in% p)))
  both <- sapply(interactions, function(pair)
    as.numeric(sapply(parts, function(p) all(strsplit(pair, "*", fixed = TRUE)[[1]] %in% p))))
  cbind(main, if (length(interactions)) both)
}

fitted <- function(rows, interactions, tau2) {
  s <- stacked(rows)
  everything <- sort(unique(trimws(unlist(strsplit(c(s$one, s$two), "+", fixed = TRUE)))),
                     method = "radix")
  components <- setdiff(everything, "Placebo")
  X <- columns_of(s$one, components, interactions) - columns_of(s$two, components, interactions)
  frame <- data.frame(study = factor(s$study), arm = factor(s$arm))
  how <- if (tau2 %in% c("REML", "ML")) list(method = tau2) else list(tau2 = as.numeric(tau2))
  fit <- do.call(rma.mv, c(list(s$y, s$V, mods = X, intercept = FALSE, data = frame,
                                random = ~ arm | study, struct = "CS", rho = 0.5), how))
  list(names = paste(c(components, interactions), collapse = "; "), beta = as.numeric(fit$beta),
       se = as.numeric(fit$se), tau2 = fit$tau2, QE = fit$QE, df = length(s$y) - ncol(X))
}

main <- function(out) {
  rows <- read.csv(file.path("..", "pins", "dat.linde2016.csv"), colClasses = c(id = "character"))
  usual <- rows$id[rows$treat1 == "UC" | rows$treat2 == "UC"]
  result <- list(versions = versions(), fits = list())
  for (tau2 in c("0", "0.05", "REML", "ML")) {
    result$fits[[paste0("additive:", tau2)]] <- fitted(rows, character(0), tau2)
    result$fits[[paste0("interaction:", tau2)]] <- fitted(rows, "Face-to-face CBT*SSRI", tau2)
    result$fits[[paste0("disconnected:", tau2)]] <-
      fitted(rows[!rows$id %in% usual, ], character(0), tau2)
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[2])
