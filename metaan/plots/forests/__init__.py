"""The forest plot: from a fit to rows of numbers and strings, to a page, to axes."""
