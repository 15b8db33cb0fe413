"""Selection models: a fit beside the chance that its studies were published."""
