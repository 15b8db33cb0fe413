"""What notebooks need, imported once before the processes that run them are forked."""

from __future__ import annotations

import metaan
import tests.notebooks.in_shell

# The face is lazy; asking for every name loads what is behind it.
LOADED = tuple(getattr(metaan, name) for name in metaan.__all__)
RUN = tests.notebooks.in_shell.run
