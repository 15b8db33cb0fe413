"""Whether direct and indirect evidence agree: designs, node splits, net heat, loops."""
