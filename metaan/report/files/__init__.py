"""The content as files of other programs: CSV, Excel, Word, LaTeX, Markdown."""
