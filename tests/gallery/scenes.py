"""SCENES: every figure of the gallery, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.gallery import (
    scenes_certainty,
    scenes_charts,
    scenes_copas,
    scenes_forests,
    scenes_gosh,
    scenes_influence,
    scenes_layouts,
    scenes_multiverse,
    scenes_networks,
    scenes_reviews,
    scenes_selection,
    scenes_small_studies,
    scenes_trust_themes,
)
from tests.gallery.scene import Scene

_FILES = (
    scenes_layouts,
    scenes_forests,
    scenes_charts,
    scenes_networks,
    scenes_reviews,
    scenes_influence,
    scenes_small_studies,
    scenes_selection,
    scenes_copas,
    scenes_gosh,
    scenes_multiverse,
    scenes_certainty,
    scenes_trust_themes,
)

SCENES: Mapping[str, Scene] = MappingProxyType(
    {scene.name: scene for file in _FILES for scene in file.SCENES}
)
