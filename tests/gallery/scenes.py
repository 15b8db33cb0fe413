"""SCENES: every figure of the gallery, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.gallery import (
    scenes_charts,
    scenes_forests,
    scenes_layouts,
    scenes_networks,
    scenes_reviews,
)
from tests.gallery.scene import Scene

_FILES = (scenes_layouts, scenes_forests, scenes_charts, scenes_networks, scenes_reviews)

SCENES: Mapping[str, Scene] = MappingProxyType(
    {scene.name: scene for file in _FILES for scene in file.SCENES}
)
