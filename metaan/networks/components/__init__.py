"""Treatments made of components: additive effects, interactions, disconnected networks."""
