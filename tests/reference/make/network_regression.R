# Network meta-regressions of arm-level data sets, as multivariate models of metafor: contrasts
# with the first arm of each study, tau² in every comparison and tau² / 2 between contrasts of a
# study (struct = "CS", rho = 1/2). The covariate is the year.
#
#   Rscript network_regression.R FOLDER OUT.json
#
# FOLDER holds dat.senn2013.csv and dat.baker2009.csv.

source("common.R")

arms_senn <- function(folder) {
  set <- read.csv(file.path(folder, "dat.senn2013.csv"))
  data.frame(study = set$study, treatment = set$treatment, y = set$mi, v = set$sdi^2 / set$ni,
             z = as.numeric(sub(".*\\((\\d{4}).*", "\\1", set$study)))
}

# Log odds; half an event and a non-event more in all arms of a study with an empty cell.
arms_baker <- function(folder) {
  set <- read.csv(file.path(folder, "dat.baker2009.csv"))
  empty <- ave(set$exac == 0 | set$exac == set$total, set$study, FUN = any)
  r <- set$exac + 0.5 * empty
  n <- set$total + empty
  data.frame(study = set$study, treatment = set$treatment, y = log(r / (n - r)),
             v = 1 / r + 1 / (n - r), z = set$year)
}

# Contrasts with the first arm: effects, covariance, what each is of the treatments.
contrasts_of <- function(arms) {
  treatments <- sort(unique(arms$treatment), method = "radix")
  y <- z <- study <- inner <- NULL
  design <- NULL
  blocks <- list()
  for (name in unique(arms$study)) {
    own <- arms[arms$study == name, ]
    a <- nrow(own)
    each <- diag(a)[-1, , drop = FALSE]
    each[, 1] <- -1
    place <- matrix(0, a, length(treatments))
    place[cbind(seq_len(a), match(own$treatment, treatments))] <- 1
    y <- c(y, each %*% own$y)
    blocks[[name]] <- each %*% diag(own$v) %*% t(each)
    design <- rbind(design, each %*% place)
    z <- c(z, own$z[-1])
    study <- c(study, rep(name, a - 1))
    inner <- c(inner, seq_len(a - 1))
  }
  colnames(design) <- treatments
  list(y = y, V = bldiag(blocks), design = design, z = z,
       frame = data.frame(study = study, inner = inner))
}

# The optimizer as tight as it comes to an end.
tight <- function(set, X, method) {
  if (method == "FE") {
    return(rma.mv(set$y, set$V, mods = ~ 0 + X, method = "FE"))
  }
  for (tolerance in c(1e-14, 1e-12, 1e-10)) {
    fit <- try(rma.mv(set$y, set$V, mods = ~ 0 + X, random = ~ inner | study, struct = "CS",
                      rho = 0.5, data = set$frame, method = method,
                      control = list(optimizer = "nlminb", rel.tol = tolerance)), silent = TRUE)
    if (!inherits(fit, "try-error")) return(fit)
  }
  NULL
}

numbers <- function(fit, slopes) {
  test <- anova(fit, btt = slopes)
  list(beta = as.numeric(fit$beta), se = fit$se, tau2 = fit$tau2, QE = fit$QE, QEdf = fit$k - fit$p,
       QM = as.numeric(test$QM), QMp = as.numeric(test$QMp), cov = as.numeric(fit$vb))
}

main <- function(folder, out) {
  result <- list(versions = versions(), fits = list())
  sets <- list(senn2013 = list(arms_senn(folder), "placebo", 2000),
               baker2009 = list(arms_baker(folder), "Placebo", 2000))
  # treatments of which the studies cannot tell a slope, see the tests
  without <- list(senn2013 = c("sitagliptin", "vildagliptin"),
                  baker2009 = character(0))
  for (name in names(sets)) {
    set <- contrasts_of(sets[[name]][[1]])
    reference <- sets[[name]][[2]]
    z <- set$z - sets[[name]][[3]]
    others <- setdiff(colnames(set$design), reference)
    base <- set$design[, others]
    free <- setdiff(others, without[[name]])
    kinds <- list(common = cbind(base, slope = -z * set$design[, reference]),
                  independent = cbind(base, z * set$design[, free]))
    for (kind in names(kinds)) for (method in c("FE", "ML", "REML")) {
      X <- kinds[[kind]]
      fit <- tight(set, X, method)
      found <- numbers(fit, (length(others) + 1):ncol(X))
      found$treatments <- paste(others, collapse = "|")
      found$slopes <- if (kind == "common") "year" else paste(free, collapse = "|")
      result$fits[[paste(name, kind, method, sep = ":")]] <- found
    }
  }
  writeLines(as_json(result), out)
}

arguments <- commandArgs(trailingOnly = TRUE)
main(arguments[1], arguments[2])
