"""How evidence flows: hat matrices, contributions, paths, characteristics, single comparisons."""
