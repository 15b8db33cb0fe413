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
    "join_effects": "metaan.core.joining",
    "Estimate": "metaan.core.estimate",
    "Interval": "metaan.core.estimate",
    "PooledFit": "metaan.core.fit",
    "Heterogeneity": "metaan.core.fit",
    "SubgroupFit": "metaan.core.subgroup_fit",
    "PublishedPool": "metaan.core.published",
    "Scale": "metaan.core.scale",
    "SCALES": "metaan.core.scale",
    "STUDY_INTERVALS": "metaan.core.study_intervals",
    "MetaanError": "metaan.core.errors",
    "InputError": "metaan.core.errors",
    "ChoiceError": "metaan.core.errors",
    "DataError": "metaan.core.errors",
    "Fault": "metaan.core.errors",
    "MetaanWarning": "metaan.core.errors",
    "LeftOutWarning": "metaan.core.errors",
    "NoInformationWarning": "metaan.core.errors",
    "EmptyIntervalWarning": "metaan.core.errors",
    "MEASURES": "metaan.measures.table",
    "ZERO_RULES": "metaan.measures.zero_rules",
    "Recovered": "metaan.recovery.recovered",
    "Assumption": "metaan.recovery.recovered",
    "first_of": "metaan.recovery.sources",
    "combine_arms": "metaan.recovery.combining",
    "sd_from_se": "metaan.recovery.spread",
    "sd_from_ci": "metaan.recovery.spread",
    "sd_from_range": "metaan.recovery.spread",
    "sd_from_iqr": "metaan.recovery.spread",
    "sd_from_difference_ci": "metaan.recovery.common_sd",
    "sd_from_t": "metaan.recovery.common_sd",
    "sd_from_p": "metaan.recovery.common_sd",
    "sd_from_f": "metaan.recovery.common_sd",
    "mean_sd_from_quantiles": "metaan.recovery.quantiles",
    "skewness_test": "metaan.recovery.quantiles",
    "QUANTILE_METHODS": "metaan.recovery.quantile_methods",
    "effect_from_ci": "metaan.recovery.printed_effect",
    "effect_from_p": "metaan.recovery.printed_effect",
    "effect_from_statistic": "metaan.recovery.printed_effect",
    "table_from_odds_ratio": "metaan.recovery.printed_tables",
    "table_from_phi": "metaan.recovery.printed_tables",
    "table_from_chi2": "metaan.recovery.printed_tables",
    "table_from_p": "metaan.recovery.printed_tables",
    "events_from_percent": "metaan.recovery.printed_counts",
    "change_sd": "metaan.recovery.designs",
    "correlation_from_sds": "metaan.recovery.designs",
    "split_control": "metaan.recovery.designs",
    "cluster_adjust": "metaan.recovery.designs",
    "cluster_inflate": "metaan.recovery.designs",
    "paired_difference": "metaan.recovery.crossover",
    "paired_from_ci": "metaan.recovery.crossover",
    "paired_from_t": "metaan.recovery.crossover",
    "paired_from_p": "metaan.recovery.crossover",
    "log_or_to_d": "metaan.conversion.standardized",
    "d_to_log_or": "metaan.conversion.standardized",
    "log_or_to_tetrachoric": "metaan.conversion.standardized",
    "r_to_z": "metaan.conversion.standardized",
    "z_to_r": "metaan.conversion.standardized",
    "smd_to_units": "metaan.conversion.standardized",
    "d_to_r": "metaan.conversion.correlation",
    "r_to_d": "metaan.conversion.correlation",
    "point_biserial_to_biserial": "metaan.conversion.correlation",
    "biserial_to_point_biserial": "metaan.conversion.correlation",
    "or_to_rr": "metaan.conversion.risk",
    "or_to_rd": "metaan.conversion.risk",
    "rr_to_or": "metaan.conversion.risk",
    "rr_to_rd": "metaan.conversion.risk",
    "rd_to_rr": "metaan.conversion.risk",
    "rd_to_nnt": "metaan.conversion.nnt",
    "or_to_nnt": "metaan.conversion.nnt",
    "rr_to_nnt": "metaan.conversion.nnt",
    "d_to_superiority": "metaan.conversion.overlap",
    "superiority_to_d": "metaan.conversion.overlap",
    "d_to_overlap": "metaan.conversion.overlap",
    "delta_method": "metaan.conversion.delta",
    "ESTIMATORS": "metaan.tau2.table",
    "INFERENCES": "metaan.univariate.inference",
    "PREDICTIONS": "metaan.univariate.prediction",
    "Trials": "metaan.trials.trials",
    "Contrasts": "metaan.trials.contrasting",
    "load_trials": "metaan.trials.load",
    "load_published": "metaan.trials.published",
    "load_revman": "metaan.trials.revman",
    "RevManReview": "metaan.trials.revman",
    "effect_sizes": "metaan.trials.effects",
    "to_wide": "metaan.trials.widening",
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
