# Data sets of networks that have no pinned figures, as metadat holds them; metadat's help page of
# each names its primary source.  Rscript networks_data.R FOLDER
suppressMessages(library(metadat))
folder <- commandArgs(trailingOnly = TRUE)[1]
for (name in c("dat.linde2016", "dat.dong2013", "dat.gurusamy2011", "dat.baker2009")) {
  set <- get(name)
  write.csv(set[setdiff(names(set), c("authors", "comment"))],
            file.path(folder, paste0(name, ".csv")), row.names = FALSE, fileEncoding = "UTF-8")
}
