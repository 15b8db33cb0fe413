"""The report as content: chapters, sections, tables, figures, trails; no format knows another."""
