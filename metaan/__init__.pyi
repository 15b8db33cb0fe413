"""The public face for type checkers and editors: what metaan loads lazily, spelled out.

Kept equal to the face itself by tests/architecture/test_face.py.
"""

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
from metaan.core.estimate import Estimate as Estimate
from metaan.core.estimate import Interval as Interval
from metaan.core.fit import Heterogeneity as Heterogeneity
from metaan.core.fit import PooledFit as PooledFit
from metaan.core.published import PublishedPool as PublishedPool
from metaan.core.scale import Scale as Scale
from metaan.core.subgroup_fit import SubgroupFit as SubgroupFit
from metaan.measures.table import MEASURES as MEASURES
from metaan.plots.forest import forest as forest
from metaan.tau2.table import ESTIMATORS as ESTIMATORS
from metaan.trials.contrasting import Contrasts as Contrasts
from metaan.trials.effects import effect_sizes as effect_sizes
from metaan.trials.load import load_trials as load_trials
from metaan.trials.published import load_published as load_published
from metaan.trials.trials import Trials as Trials
from metaan.univariate.inference import INFERENCES as INFERENCES
from metaan.univariate.pooling import pool as pool
from metaan.univariate.prediction import PREDICTIONS as PREDICTIONS
from metaan.univariate.subgrouping import subgroups as subgroups

__version__: str
__all__: list[str]

FACE: dict[str, str]
