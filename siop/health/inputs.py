"""The functions' inputs beside the consensus they became, from the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from siop.core import Scope, add_months
from siop.metrics.grain import Grain, coarsest, grains
from siop.metrics.query import table
from siop.metrics.source import Source, resolve
from siop.warehouse import Snapshot

LONGEST = 24  # cycles looked back
STATISTICAL = "statistical"
MEASURES = ("quantity", "revenue")  # that inputs are compared in, the first that all have


@dataclass(frozen=True, slots=True)
class Inputs:
    """pairs as `influence` takes them; functions: with an input; by: what a row is; missing: a sentence, or None.

    silent: functions that declared versions of these cycles and gave neither units nor revenue in any of them.
    """

    pairs: pd.DataFrame
    functions: tuple[str, ...]
    by: tuple[str, ...]
    measure: str | None
    missing: str | None = None
    silent: tuple[str, ...] = ()

    @property
    def say(self) -> str:
        """What a row is called: family-months, region-quarters."""
        return "-".join([*self.by[:-1], f"{self.by[-1]}s"]) if self.by else "months"


def functions_of(snapshot: Snapshot) -> list[str]:
    """The functions that submitted a number, the statistical input among them, in order of name."""
    versions = snapshot.versions
    told = versions[versions["kind"].isin(["input", STATISTICAL])]["function"].dropna()
    return sorted(set(told.astype(str)))


def source_of(function: str) -> Source:
    """Where a function's input comes from."""
    return (STATISTICAL,) if function == STATISTICAL else ("input", function)


def inputs(snapshot: Snapshot, scope: Scope, cycle: str, length: int = LONGEST) -> Inputs:
    """Inputs, consensus, base and actual of the last `length` cycles, at the finest grain that all of them have.

    Base: the previous cycle's consensus for the same month, that is the consensus one lag earlier. Plans by SKU are
    taken by family, as they are decided. Quantity where all have it, else revenue; a row weighs its base's revenue.
    All means all that gave numbers: a function whose versions have no rows is named in `silent`, and left out.
    """
    functions = functions_of(snapshot)
    lag = scope.lag
    window = replace(
        scope, first=add_months(cycle, 1 - length + lag), last=add_months(cycle, lag), cycle=None
    )
    earlier = replace(window, lag=lag + 1)
    months = _months(window)
    consensus, before = (resolve(snapshot, "consensus", months, s.lag).names for s in (window, earlier))
    versions = {f: resolve(snapshot, source_of(f), months, lag).names for f in functions}
    declared = [f for f in functions if versions[f]]
    functions = [f for f in declared if any(grains(snapshot, versions[f], m) for m in MEASURES)]
    silent = tuple(f for f in declared if f not in functions)
    nothing = Inputs(pd.DataFrame(), tuple(functions), (), None, silent=silent)
    if len(functions) < 2 or not consensus or not before:
        return replace(
            nothing, missing="Not enough data: a consensus and inputs of two functions are needed."
        )
    for measure in MEASURES:
        sets = [consensus, before, *(versions[f] for f in functions)]
        found = [grains(snapshot, names, measure) for names in sets]
        if all(found):
            by = _by(coarsest([g for one in found for g in one]))
            break
    else:
        return replace(nothing, missing="Not enough data: the inputs have no measure in common.")
    rows = _frame(snapshot, window, earlier, functions, by, measure)
    return Inputs(rows, tuple(functions), by, measure, silent=silent)


def _months(scope: Scope) -> list[str]:
    first, last = scope.first, scope.last
    found = []
    while first is not None and last is not None and first <= last:
        found.append(first)
        first = add_months(first, 1)
    return found


def _by(grain: Grain) -> tuple[str, ...]:
    """Family and period; region where there is no product level; the period alone where there is neither."""
    if grain.product != "none":
        return ("family", grain.period)
    if grain.customer != "none":
        return ("region", grain.period)
    return (grain.period,)


def _frame(
    snapshot: Snapshot,
    window: Scope,
    earlier: Scope,
    functions: Sequence[str],
    by: Sequence[str],
    measure: str,
) -> pd.DataFrame:
    keys = list(by)
    base = table(snapshot, "consensus", keys, _measures(snapshot, measure), earlier)
    worth = base["revenue"] if "revenue" in base and base["revenue"].notna().any() else base[measure]
    rows = base[keys].assign(base=base[measure], value=worth)
    sides: dict[str, Source] = {"consensus": "consensus", **{f: source_of(f) for f in functions}}
    for name, source in sides.items():
        found = table(snapshot, source, keys, (measure,), window).rename(columns={measure: name})
        rows = rows.merge(found, on=keys, how="left")
    closed = [m for m in _months(window) if m in set(snapshot.closed_months)]
    if closed:
        actual = table(
            snapshot, "actual", keys, (measure,), replace(window, last=closed[-1], first=closed[0])
        )
        rows = rows.merge(actual.rename(columns={measure: "actual"}), on=keys, how="left")
    else:
        rows["actual"] = float("nan")
    return rows.rename(columns={keys[-1]: "month"})


def _measures(snapshot: Snapshot, measure: str) -> tuple[str, ...]:
    return (measure,) if measure == "revenue" else (measure, "revenue")
