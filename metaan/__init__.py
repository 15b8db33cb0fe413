"""metaan: evidence meta-analysis, from reported numbers to forest plots.

The public face: every verb and record by name, loaded at first use (PEP 562), so that
``import metaan`` stays light. Nothing inside the package imports this module.
"""

from importlib import import_module
from typing import Any

from metaan.core.version import VERSION

__version__ = VERSION

FACE = {
    "Effects": "metaan.core.effects",
    "LeftOut": "metaan.core.effects",
    "Estimate": "metaan.core.estimate",
    "Interval": "metaan.core.estimate",
    "PooledFit": "metaan.core.fit",
    "Heterogeneity": "metaan.core.fit",
    "SubgroupFit": "metaan.core.subgroup_fit",
    "PublishedPool": "metaan.core.published",
    "Scale": "metaan.core.scale",
    "MetaanError": "metaan.core.errors",
    "InputError": "metaan.core.errors",
    "ChoiceError": "metaan.core.errors",
    "DataError": "metaan.core.errors",
    "Fault": "metaan.core.errors",
    "MetaanWarning": "metaan.core.errors",
    "LeftOutWarning": "metaan.core.errors",
    "EmptyIntervalWarning": "metaan.core.errors",
    "MEASURES": "metaan.measures.table",
    "ESTIMATORS": "metaan.tau2.table",
    "INFERENCES": "metaan.univariate.inference",
    "PREDICTIONS": "metaan.univariate.prediction",
    "Trials": "metaan.trials.trials",
    "Contrasts": "metaan.trials.contrasting",
    "load_trials": "metaan.trials.load",
    "load_published": "metaan.trials.published",
    "effect_sizes": "metaan.trials.effects",
    "pool": "metaan.univariate.pooling",
    "subgroups": "metaan.univariate.subgrouping",
    "forest": "metaan.plots.forest",
}

__all__ = [*FACE]


def __getattr__(name: str) -> Any:
    """Return a public object, importing its room at first use."""
    if name not in FACE:
        raise AttributeError(f"module 'metaan' has no attribute {name!r}")
    value = getattr(import_module(FACE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return sorted([*__all__, "__version__"])
