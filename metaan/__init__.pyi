"""The public face for type checkers and editors: what metaan loads lazily, spelled out.

Kept equal to the face itself by tests/architecture/test_face.py.
"""

from metaan.conversion.correlation import biserial_to_point_biserial as biserial_to_point_biserial
from metaan.conversion.correlation import d_to_r as d_to_r
from metaan.conversion.correlation import point_biserial_to_biserial as point_biserial_to_biserial
from metaan.conversion.correlation import r_to_d as r_to_d
from metaan.conversion.delta import delta_method as delta_method
from metaan.conversion.nnt import or_to_nnt as or_to_nnt
from metaan.conversion.nnt import rd_to_nnt as rd_to_nnt
from metaan.conversion.nnt import rr_to_nnt as rr_to_nnt
from metaan.conversion.overlap import d_to_overlap as d_to_overlap
from metaan.conversion.overlap import d_to_superiority as d_to_superiority
from metaan.conversion.overlap import superiority_to_d as superiority_to_d
from metaan.conversion.risk import or_to_rd as or_to_rd
from metaan.conversion.risk import or_to_rr as or_to_rr
from metaan.conversion.risk import rd_to_rr as rd_to_rr
from metaan.conversion.risk import rr_to_or as rr_to_or
from metaan.conversion.risk import rr_to_rd as rr_to_rd
from metaan.conversion.standardized import d_to_log_or as d_to_log_or
from metaan.conversion.standardized import log_or_to_d as log_or_to_d
from metaan.conversion.standardized import log_or_to_tetrachoric as log_or_to_tetrachoric
from metaan.conversion.standardized import r_to_z as r_to_z
from metaan.conversion.standardized import smd_to_units as smd_to_units
from metaan.conversion.standardized import z_to_r as z_to_r
from metaan.core.effects import Effects as Effects
from metaan.core.effects import LeftOut as LeftOut
from metaan.core.errors import ChoiceError as ChoiceError
from metaan.core.errors import DataError as DataError
from metaan.core.errors import EmptyIntervalWarning as EmptyIntervalWarning
from metaan.core.errors import Fault as Fault
from metaan.core.errors import InputError as InputError
from metaan.core.errors import LeftOutWarning as LeftOutWarning
from metaan.core.errors import MetaanError as MetaanError
from metaan.core.errors import MetaanWarning as MetaanWarning
from metaan.core.errors import NoInformationWarning as NoInformationWarning
from metaan.core.estimate import Estimate as Estimate
from metaan.core.estimate import Interval as Interval
from metaan.core.fit import Heterogeneity as Heterogeneity
from metaan.core.fit import PooledFit as PooledFit
from metaan.core.joining import join_effects as join_effects
from metaan.core.published import PublishedPool as PublishedPool
from metaan.core.scale import SCALES as SCALES
from metaan.core.scale import Scale as Scale
from metaan.core.study_intervals import STUDY_INTERVALS as STUDY_INTERVALS
from metaan.core.subgroup_fit import SubgroupFit as SubgroupFit
from metaan.measures.table import MEASURES as MEASURES
from metaan.measures.zero_rules import ZERO_RULES as ZERO_RULES
from metaan.plots.forest import forest as forest
from metaan.recovery.combining import combine_arms as combine_arms
from metaan.recovery.common_sd import sd_from_difference_ci as sd_from_difference_ci
from metaan.recovery.common_sd import sd_from_f as sd_from_f
from metaan.recovery.common_sd import sd_from_p as sd_from_p
from metaan.recovery.common_sd import sd_from_t as sd_from_t
from metaan.recovery.crossover import paired_difference as paired_difference
from metaan.recovery.crossover import paired_from_ci as paired_from_ci
from metaan.recovery.crossover import paired_from_p as paired_from_p
from metaan.recovery.crossover import paired_from_t as paired_from_t
from metaan.recovery.designs import change_sd as change_sd
from metaan.recovery.designs import cluster_adjust as cluster_adjust
from metaan.recovery.designs import cluster_inflate as cluster_inflate
from metaan.recovery.designs import correlation_from_sds as correlation_from_sds
from metaan.recovery.designs import split_control as split_control
from metaan.recovery.printed_counts import events_from_percent as events_from_percent
from metaan.recovery.printed_effect import effect_from_ci as effect_from_ci
from metaan.recovery.printed_effect import effect_from_p as effect_from_p
from metaan.recovery.printed_effect import effect_from_statistic as effect_from_statistic
from metaan.recovery.printed_tables import table_from_chi2 as table_from_chi2
from metaan.recovery.printed_tables import table_from_odds_ratio as table_from_odds_ratio
from metaan.recovery.printed_tables import table_from_p as table_from_p
from metaan.recovery.printed_tables import table_from_phi as table_from_phi
from metaan.recovery.quantile_methods import QUANTILE_METHODS as QUANTILE_METHODS
from metaan.recovery.quantiles import mean_sd_from_quantiles as mean_sd_from_quantiles
from metaan.recovery.quantiles import skewness_test as skewness_test
from metaan.recovery.recovered import Assumption as Assumption
from metaan.recovery.recovered import Recovered as Recovered
from metaan.recovery.sources import first_of as first_of
from metaan.recovery.spread import sd_from_ci as sd_from_ci
from metaan.recovery.spread import sd_from_iqr as sd_from_iqr
from metaan.recovery.spread import sd_from_range as sd_from_range
from metaan.recovery.spread import sd_from_se as sd_from_se
from metaan.tau2.table import ESTIMATORS as ESTIMATORS
from metaan.trials.contrasting import Contrasts as Contrasts
from metaan.trials.effects import effect_sizes as effect_sizes
from metaan.trials.load import load_trials as load_trials
from metaan.trials.published import load_published as load_published
from metaan.trials.revman import RevManReview as RevManReview
from metaan.trials.revman import load_revman as load_revman
from metaan.trials.trials import Trials as Trials
from metaan.trials.widening import to_wide as to_wide
from metaan.univariate.inference import INFERENCES as INFERENCES
from metaan.univariate.pooling import pool as pool
from metaan.univariate.prediction import PREDICTIONS as PREDICTIONS
from metaan.univariate.subgrouping import subgroups as subgroups

__version__: str
__all__: list[str]

FACE: dict[str, str]
