"""Do people answer less, the more misses there were? One logistic regression over all streams, size held constant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEVEL = 0.05  # one-sided
LEAST_MISSES = 12  # over all streams, with answers known
LEAST_EACH = 2  # answered and not answered
PRIOR = 1.0  # variance of the streams' intercepts around the common one, in squared logits
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Decay:
    """slope: logits of answering per earlier miss of the stream; p: one-sided, small where answers decay; misses: n."""

    slope: float
    p: float
    misses: int

    @property
    def decays(self) -> bool:
        """Whether answering decays, beyond chance."""
        return self.slope < 0 and self.p < LEVEL


def decay(streams: Iterable[tuple[Flags, Floats, Floats]]) -> Decay | None:
    """Logistic regression of the answer on the number of earlier misses in its stream and on ln(size of the miss).

    Without the size, smaller misses that get fewer answers would look like decay. The streams' intercepts are shrunk
    towards a free common one: shrinking them towards zero would bias the slope upwards. p is of the signed root of the
    likelihood ratio, which stays honest where answers separate perfectly (Wald's would not).

    Args: of each stream, (t,) arrays: out of the original tolerance; replied, NaN unknown; |deviation|/tolerance.
    Returns: None for fewer than 12 misses or where fewer than two of either kind were answered or not.
    """
    rows, answers, group = [], [], []
    for index, (out, replied, size) in enumerate(streams):
        misses = np.flatnonzero(out)
        for order, t in enumerate(misses):
            if np.isfinite(replied[t]):
                rows.append((1.0, float(order), float(np.log(np.clip(size[t], 0.1, 1e3)))))
                answers.append(float(replied[t]))
                group.append(index)
    y = np.array(answers)
    if len(y) < LEAST_MISSES or min(y.sum(), len(y) - y.sum()) < LEAST_EACH:
        return None
    own = (np.array(group)[:, None] == np.unique(group)[None, :]).astype(np.float64)
    x = np.hstack([np.array(rows), own])
    penalty = np.array([1e-6, 1e-4, 1e-2] + [1 / PRIOR] * own.shape[1])
    beta, fitted = _fit(x, y, penalty)
    _, without = _fit(np.delete(x, 1, axis=1), y, np.delete(penalty, 1))
    root = float(np.sqrt(max(0.0, 2 * (fitted - without)))) * (1 if beta[1] > 0 else -1)
    return Decay(float(beta[1]), float(stats.norm.cdf(root)), len(y))


def _fit(x: Floats, y: Floats, penalty: Floats) -> tuple[Floats, float]:
    """(coefficients, penalised log likelihood), by Newton's steps, halved where one would make it worse."""
    beta = np.zeros(x.shape[1])
    height = _height(x, y, penalty, beta)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(x @ beta, -30, 30)))
        slope = x.T @ (y - p) - penalty * beta
        hessian = x.T @ (x * (p * (1 - p))[:, None]) + np.diag(penalty)
        step = np.linalg.solve(hessian, slope)
        while (higher := _height(x, y, penalty, beta + step)) < height and np.abs(step).max() > 1e-10:
            step = step / 2
        gained = higher - height
        beta, height = beta + step, higher
        if gained < 1e-10:
            break
    return beta, height


def _height(x: Floats, y: Floats, penalty: Floats, beta: Floats) -> float:
    eta = np.clip(x @ beta, -30, 30)
    return float(y @ eta - np.logaddexp(0, eta).sum() - 0.5 * (penalty * beta**2).sum())
