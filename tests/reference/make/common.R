# What the scripts of this folder share: JSON with 17 digits, the data sets, a call of escalc.

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

versions <- function() {
  list(R = paste(R.version$major, R.version$minor, sep = "."),
       metafor = as.character(packageVersion("metafor")),
       metadat = as.character(packageVersion("metadat")))
}
