"""From declared figures to results: evidence, fits, tables, sentences, trust, trails."""
