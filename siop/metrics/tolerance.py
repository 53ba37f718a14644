"""Does it matter? The tolerance of a family and measure, month by month, and the one it was first given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from siop.ledger import State
from siop.ledger.state import ToleranceView
from siop.warehouse import Snapshot

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
FLOOR = 0.05  # least derived tolerance, a fraction of plan: what nobody would call a meeting for
QUANTILE = 0.8  # a derived tolerance holds four of five months
DERIVED_MONTHS = (
    24  # ... of the two years before the last twelve months, so that a miss does not widen its own limit
)
RECENT = 12
LEAST_MONTHS = 6  # fewer months derive nothing
UNKNOWN = 0.10  # where there is too little history to derive from
_SQL = (Path(__file__).parent / "sql" / "policies.sql").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Tolerance:
    """Of one stream. pct (t,) in force in each month, a fraction of |plan|; absolute (t,) in units or NaN.

    original: the first one; source: ledger, policy or derived; changes: the ledger's entries, oldest first;
    measure: whose it is, another one where nobody set a tolerance for the measure itself.
    """

    pct: Floats
    absolute: Floats
    original: float
    original_absolute: float | None
    source: str
    changes: tuple[ToleranceView, ...]
    measure: str = ""

    def allowed(self, plan: Floats) -> Floats:
        """(t,) how far actual may be from plan: the larger of per cent of |plan| and the absolute amount."""
        return np.fmax(self.pct * np.abs(plan), self.absolute)

    def allowed_at_first(self, plan: Floats) -> Floats:
        """(t,) the same under the original tolerance."""
        absolute = np.nan if self.original_absolute is None else self.original_absolute
        return np.fmax(self.original * np.abs(plan), absolute)

    @property
    def now(self) -> float:
        """In force in the last month; the original where there are no months."""
        return float(self.pct[-1]) if len(self.pct) else self.original

    @property
    def absolute_now(self) -> float | None:
        """The absolute amount in force in the last month; None where there is none."""
        last = self.absolute[-1] if len(self.absolute) else np.nan
        return None if np.isnan(last) else float(last)

    def growth(self, plan: Floats) -> float | None:
        """Tolerance now / original, in per cent of plan or in what it allows of the last known plan, whichever grew
        more: an absolute amount widens like a percentage. 1 where both are zero, None where only the original is.

        Args: plan: (t,) of the stream.
        """
        known = np.abs(plan[np.isfinite(plan)])
        size = float(known[-1]) if len(known) else 0.0
        first = max(self.original * size, self.original_absolute or 0.0)
        now = max(self.now * size, self.absolute_now or 0.0)
        grown = [b / a for a, b in ((self.original, self.now), (first, now)) if a > 0]
        if grown:
            return max(grown)
        return None if self.now or self.absolute_now else 1.0

    @property
    def width(self) -> Floats:
        """(t,) rises in a month in which the per cent or the absolute amount was widened."""
        return self.pct + np.nan_to_num(self.absolute)


def outside(deviation: Floats, allowed: Floats) -> Flags:
    """|deviation| beyond what is allowed; a rounding is not a breach; unknown is not out.

    A tolerance of zero allows nothing, and a plan of zero allows the absolute amount, or nothing where there is none.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(np.abs(deviation) > np.nan_to_num(allowed) * (1 + 1e-9) + 1e-9)


def policies(snapshot: Snapshot) -> dict[str, tuple[float | None, float | None]]:
    """{family: (tolerance as a fraction, absolute in units)} of the policies table; either may be None."""
    if "policies" not in snapshot.tables:
        return {}
    return {
        str(family): (None if pct is None else pct / 100, absolute)
        for family, pct, absolute in snapshot.rows(_SQL)
        if family is not None and (pct is not None or absolute is not None)
    }


def tolerance_of(
    state: State,
    policy: dict[str, tuple[float | None, float | None]],
    family: str,
    measure: str,
    months: Sequence[str],
    ratio: Floats,
) -> Tolerance:
    """The tolerance of a stream: what the ledger says from month to month, before it the policy, else derived.

    Where the ledger has none for the measure but one for another measure of the family, its per cent is used. The
    original is the first that was said; where a policy was in force before it, the tighter of both, so that a widening
    never becomes the yardstick it is judged by.

    Args: months: in order, shape (t,); ratio: (t,) (actual - plan)/|plan|, to derive a tolerance where nobody set one.
    """
    said, whose = _said(state, family, measure)
    share, units = policy.get(family, (None, None))
    units = units if measure == "quantity" else None  # the absolute amount of a policy is in units
    first = (
        None if share is None and units is None else (share or 0.0, units)
    )  # units alone: nothing per cent
    if first is None and not said:
        value = derived(ratio)
        pct = np.full(len(months), value)
        return Tolerance(pct, np.full(len(months), np.nan), value, None, "derived", (), measure)
    begun = min(said, key=lambda t: (t.at, t.seq)) if said else None
    before = None if begun is None else (begun.pct / 100, begun.abs if whose == measure else None)
    start = first or before or (UNKNOWN, None)
    pct = np.full(len(months), start[0])
    absolute = np.full(len(months), np.nan if start[1] is None else start[1])
    for entry in said:
        later = np.array([m >= entry.valid_from for m in months], dtype=bool)
        pct[later] = entry.pct / 100
        absolute[later] = entry.abs if entry.abs is not None and whose == measure else np.nan
    original = before or start
    if begun is not None and first is not None and (not len(months) or begun.valid_from > months[0]):
        original = min(first, original, key=lambda t: t[0])
    return Tolerance(
        pct, absolute, original[0], original[1], "ledger" if said else "policy", tuple(said), whose
    )


def derived(ratio: Floats) -> float:
    """max(5 %, 80th percentile of |deviation ratio|), rounded to a point, of up to 24 months before the last 12.

    10 % where there are fewer than six such months. The months it is derived from do not move with the year, so a
    derived tolerance is the same at every look within twelve months.
    """
    known = np.abs(ratio[:-RECENT])
    known = known[np.isfinite(known)][-DERIVED_MONTHS:]
    if len(known) < LEAST_MONTHS:
        return UNKNOWN
    return max(FLOOR, round(float(np.quantile(known, QUANTILE)), 2))


def _said(state: State, family: str, measure: str) -> tuple[list[ToleranceView], str]:
    """The ledger's tolerances of a family in the order in which they come into force, and whose measure they are."""
    own = [t for t in state.tolerances if t.family == family]
    order = dict.fromkeys((measure, "quantity", "revenue", *(t.measure for t in own)))
    for name in order:
        found = sorted((t for t in own if t.measure == name), key=lambda t: (t.valid_from, t.at, t.seq))
        if found:
            return found, name
    return [], measure
