"""Effects of a network that depend on its studies: one covariate, subgroups."""
