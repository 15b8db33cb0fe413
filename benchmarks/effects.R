# Times escalc of metafor: Rscript effects.R FILE.csv (events1, n1, events2, n2) REPEATS; prints seconds.
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
tables <- read.csv(arguments[1])
times <- numeric(as.integer(arguments[2]))
for (i in seq_along(times)) {
  start <- proc.time()[["elapsed"]]
  found <- escalc("OR", ai = events1, n1i = n1, ci = events2, n2i = n2, data = tables)
  times[i] <- proc.time()[["elapsed"]] - start
}
cat(sprintf("%.9f", median(times)), "\n")
