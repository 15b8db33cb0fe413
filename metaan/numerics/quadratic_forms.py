"""The distribution of a weighted residual sum of squares of normal effects, tails in logarithms.

``Q = y'P y`` with y ~ N(X beta, diag(s)) and P the residual projection of weights a is a sum of
chi-squares, each with one degree of freedom, times the eigenvalues of P diag(s). Neither they nor
a k x k matrix are needed: with d = a s, the cumulant function of Q is

    K(t) = -1/2 [sum log(1 - 2 t d) + log det X'W X - log det X'A X],  w = a / (1 - 2 t d),

and ``K' = tr(P_w S)``, ``K'' = 2 tr(P_w S P_w S)`` are traces of the projection with weights w.
The tails are the integrals of ``exp(K(t) - t q) / t`` upwards through the complex plane, left of
0 for the lower tail and right of 0 for the upper one. The path is a hyperbola through the saddle
point, bent as the path of steepest descent is there; along it the integrand falls doubly
exponentially, and each halving of the trapezoidal rule's step doubles the digits, until two
rules agree. So the logarithm of either tail is good to about 1e-14, however small the tail,
with some hundred evaluations of K, each a sum over the studies.

References
----------
.. [1] Rice SO (1980). SIAM J Sci Stat Comput 1:438. doi:10.1137/0901032
.. [2] Imhof JP (1961). Biometrika 48:419. doi:10.1093/biomet/48.3-4.419
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from metaan.core.arrays import Booleans, Floats
from metaan.numerics.projection import trace_square, trace_with

Numbers = npt.NDArray[Any]  # real or complex

HALVINGS = 16  # of the logarithm of the bracket of the saddle point: it need not be exact
NODES = 32  # of the first rule; as many look for the end of the integrand
MOST_DOUBLINGS = 9
AGREE = 1e-9  # two rules that differ by this share: the second is good to about its square
NOTHING = 1e-18  # share of the integrand's top that is left out
CELLS = 60_000  # numbers in one array: they stay in the processor's cache
ENDLESS = 1e100  # d of a study that takes a degree of freedom for itself
LEAST_BEND, MOST_BEND = 0.02, 0.6  # of the hyperbola: its real over its imaginary half axis


class _Form(NamedTuple):
    """Forms in a unit of their own: value, weights, variances, design, freedom, log det X'AX."""

    q: Floats
    a: Floats
    s: Floats
    x: Floats | None
    freedom: Floats
    log_det: Floats


def log_tail_of_form(
    q: Floats, weights: Floats, variances: Floats, x: Floats | None, *, upper: bool
) -> Floats:
    """Return log P(Q > q), or log P(Q <= q), shape (n,).

    Parameters
    ----------
    q : ndarray, shape (n,)
        Values; NaN gives NaN.
    weights : ndarray, shape (n, k)
        Weights a of the sum of squares, 0 for an absent study.
    variances : ndarray, shape (n, k)
        Variances s of the effects, > 0.
    x : ndarray, shape (n, k, p), or None
        Design, independent where weights are > 0; None is the intercept alone.
    upper : bool
        Which tail.

    Returns
    -------
    ndarray, shape (n,)
        NaN where no more studies have a weight than the design has columns.

    Examples
    --------
    With equal weights and variances Q is a chi-square, here with 3 degrees of freedom:

    >>> import numpy as np
    >>> ones = np.ones((1, 4))
    >>> np.exp(log_tail_of_form(np.array([7.814727903251179]), ones, ones, None, upper=True))
    array([0.05])
    """
    freedom = np.count_nonzero(weights > 0, axis=-1) - (1 if x is None else x.shape[-1])
    answer = np.full(len(q), np.nan)
    free = freedom > 0
    answer[free & (q <= 0)] = 0.0 if upper else -np.inf
    rows = np.flatnonzero(free & (q > 0))
    step = max(1, CELLS // (NODES * max(1, weights.shape[-1])))
    for i in range(0, len(rows), step):
        part = rows[i : i + step]
        own = None if x is None else x[part]
        answer[part] = _log_tail(
            _form(q[part], weights[part], variances[part], own, freedom[part]), upper
        )
    return answer


def _form(q: Floats, a: Floats, s: Floats, x: Floats | None, freedom: Floats) -> _Form:
    """Return the form in units of the sum of all d but the largest p.

    The mean of Q is at least that: the eigenvalues interlace with d. A weight without end counts
    as a very large one, whose square can be taken.
    """
    p = 1 if x is None else x.shape[-1]
    unit = np.add.reduce(np.sort(a * s, axis=-1)[:, :-p], axis=-1)
    a = np.minimum(a / unit[:, None], ENDLESS / s)
    return _Form(q / unit, a, s, x, freedom, _log_size(_pivots(a, x)))


def _pivots(w: Numbers, x: Floats | None) -> Numbers:
    """Return the pivots of X'W X, shape (..., p): their product is the determinant.

    For complex weights of one sign of the imaginary part every pivot keeps a sign of it too, so
    that the sum of their logarithms jumps nowhere; and as many pivots are negative as
    eigenvalues.
    """
    if x is None:
        return np.asarray(np.add.reduce(w, axis=-1)[..., None])
    rest = np.matmul(np.swapaxes(x * w[..., None], -1, -2), x)
    pivots = []
    for _ in range(x.shape[-1]):
        pivot = rest[..., :1, :1]
        pivots.append(pivot[..., 0, 0])
        rest = rest[..., 1:, 1:] - rest[..., 1:, :1] * rest[..., :1, 1:] / pivot
    return np.stack(pivots, axis=-1)


def _log_size(values: Numbers) -> Floats:
    return np.asarray(np.add.reduce(np.log(np.abs(values)), axis=-1))


def _factors(form: _Form, t: Floats) -> Floats:
    """Return ``1 - 2 t d``, shape (n, k), never quite 0."""
    z = 1 - 2 * t[:, None] * (form.a * form.s)
    return np.where(z == 0, np.finfo(float).eps, z)


def _saddle(form: _Form, upper: bool) -> Floats:
    """Return the t that makes ``K(t) - t q - log|t|`` least on this side of 0, shape (n,).

    Its bounds hold because the largest eigenvalue lies between 1 / freedom and the largest d.
    """
    if upper:
        largest = np.maximum.reduce(form.a * form.s, axis=-1)
        low, high = -np.log((form.freedom + 2) * largest), np.log(form.freedom / 2)
    else:
        low, high = np.log(1 / form.q), np.log((form.freedom / 2 + 1) / form.q)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        far = _is_beyond(form, np.exp(middle)) if upper else ~_is_beyond(form, -np.exp(middle))
        low, high = np.where(far, low, middle), np.where(far, middle, high)
    return np.asarray(np.exp(low) if upper else -np.exp(low))


def _is_beyond(form: _Form, t: Floats) -> Booleans:
    """Return whether t lies right of the saddle point, or of the first singularity."""
    z = _factors(form, t)
    w = form.a / z
    slope = trace_with(w, form.s, form.x) - form.q - 1 / t
    # eigenvalues above 1 / (2 t): the negative factors less the negative pivots
    singular = np.count_nonzero(z < 0, axis=-1) != np.count_nonzero(
        _pivots(w, form.x) < 0, axis=-1
    )
    return np.asarray(singular | (slope > 0))


def _log_tail(form: _Form, upper: bool) -> Floats:
    saddle = _saddle(form, upper)
    z = _factors(form, saddle)
    w = form.a / z
    cumulant = -0.5 * (_log_size(z) + _log_size(_pivots(w, form.x)) - form.log_det)
    top = cumulant - saddle * form.q
    path = _path(form, saddle)
    end = _end(form, path, top)
    nodes = end[:, None] * np.arange(1, NODES + 1) / NODES
    height = path[2] / saddle  # of the integrand on the real axis
    total = height / 2 + np.add.reduce(_integrand(form, path, top, nodes).imag, axis=-1)
    count = NODES
    for _ in range(MOST_DOUBLINGS):
        nodes = end[:, None] * (np.arange(count) + 0.5) / count
        between = np.add.reduce(_integrand(form, path, top, nodes).imag, axis=-1)
        done = np.abs(between - total) <= AGREE * np.abs(total)
        total, count = total + between, 2 * count
        if done.all():
            break
    with np.errstate(divide="ignore"):
        return np.asarray(top + np.log(np.abs(total) * end / (count * np.pi)))


def _path(form: _Form, saddle: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the saddle point and the half axes, real and imaginary, of the hyperbola.

    The pole of 1 / t has no part in the bend: the path leaves it behind.
    """
    second, nearer = (_second(form, t) for t in (saddle, saddle * (1 - 1e-4)))
    third = (second - nearer) / (1e-4 * saddle)
    imaginary = 1 / np.sqrt(second + 1 / saddle**2)
    bend = np.clip(third / 3 / second**1.5, LEAST_BEND, MOST_BEND)
    return saddle, bend * imaginary, imaginary


def _second(form: _Form, t: Floats) -> Floats:
    return 2 * trace_square(form.a / _factors(form, t), form.s, form.x)


def _end(form: _Form, path: tuple[Floats, Floats, Floats], top: Floats) -> Floats:
    """Return the node beyond which the integrand is nothing, shape (n,)."""
    far = np.maximum(3.2, np.arccosh(1 + 45 / (form.q * path[1])))
    size = np.abs(_integrand(form, path, top, far[:, None] * np.arange(1, NODES + 1) / NODES))
    felt = size > NOTHING * np.maximum.reduce(size, axis=-1)[:, None]
    last = NODES - np.argmax(felt[:, ::-1], axis=-1)
    return np.asarray(far * np.minimum(last + 1, NODES) / NODES)


def _integrand(
    form: _Form, path: tuple[Floats, Floats, Floats], top: Floats, nodes: Floats
) -> npt.NDArray[np.complex128]:
    """Return the integrand over exp(top) at nodes of the hyperbola, shape (n, nodes)."""
    saddle, real, imaginary = (part[:, None] for part in path)
    cosh, sinh = np.cosh(nodes), np.sinh(nodes)
    t = saddle + real * (cosh - 1) + 1j * imaginary * sinh
    along = real * sinh + 1j * imaginary * cosh
    logs = np.empty_like(t)
    step = max(1, CELLS // form.a.size)
    for i in range(0, nodes.shape[1], step):
        logs[:, i : i + step] = _log_determinant(form, t[:, i : i + step])
    exponent = -0.5 * (logs - form.log_det[:, None]) - t * form.q[:, None] - top[:, None]
    return np.asarray(np.exp(exponent) * along / t)


def _log_determinant(form: _Form, t: Numbers) -> Numbers:
    """Return ``sum log(1 - 2 t d) + log det X'W X`` at complex t, shape (n, nodes).

    In real arithmetic where that is possible: complex logarithms cost several times as much.
    """
    d = 2 * (form.a * form.s)[:, None]
    real, imaginary = 1 - t.real[..., None] * d, -t.imag[..., None] * d
    square = real * real + imaginary * imaginary
    logs = 0.5 * np.add.reduce(np.log(square), axis=-1)
    turns = np.add.reduce(np.arctan2(imaginary, real), axis=-1)
    share = form.a[:, None] / square
    if form.x is None:
        total = np.add.reduce(share * real, axis=-1) - 1j * np.add.reduce(
            share * imaginary, axis=-1
        )
        return np.asarray(logs + 1j * turns + np.log(total))
    pivots = _pivots(share * (real - 1j * imaginary), form.x[:, None])
    return np.asarray(logs + 1j * turns + np.add.reduce(np.log(pivots), axis=-1))
