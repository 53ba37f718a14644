"""`report risk`: the rows and totals of contract.md section 2, and the sentences that say them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from siop.core import Report, Scope
from siop.ledger import State
from siop.risks import sentences as say
from siop.risks.calibrate import Calibration, calibrate, calibrate_by, reliability
from siop.risks.levers import gap_covered, gap_sentence, levers
from siop.risks.picture import Picture, picture
from siop.risks.register import as_row, closed_items
from siop.risks.simulate import percentiles, tail_mean
from siop.risks.surprise import surprises
from siop.risks.trigger import evaluate_all
from siop.warehouse import Snapshot


def risk(
    snapshot: Snapshot,
    state: State,
    scope: Scope,
    *,
    rho: float = 0.3,
    draws: int = 100_000,
    seed: int = 11,
    version: str | None = None,
) -> Report:
    """What could move the year, and were those who say so right before?

    Args: rho: correlation within a driver group; draws, seed: of the simulation; version: the signed plan, default
        the plan in force. scope.cycle: as of that cycle, nothing said later counts.
    Returns: rows, one an open item: id, mean (signed), contribution (Cov(X, S)/Var(S) over the items of the range, 0
        for items in plan, null where unscored or in another measure), in_plan, stale, flags, and what it is; totals:
        register (of items not in plan, alone), landing, surprise_ratio, owners, functions, calibration, reliability,
        headline, sentences.
    Raises: Refused for rho, draws or seed out of range.
    """
    seen = picture(snapshot, state, scope, rho=rho, draws=draws, seed=seed, version=version)
    return report_of(snapshot, state, scope, seen)


def report_of(snapshot: Snapshot, state: State, scope: Scope, seen: Picture) -> Report:
    """The report of a picture that is already there."""
    record = closed_items(seen.lines)
    owners = calibrate_by(record, lambda c: c.owner)
    missed, notes = surprises(snapshot, state, scope, seen.now)
    contributions = seen.simulation.contributions
    fired = evaluate_all(snapshot, (line.risk for line in seen.lines if line.open), scope)
    ways = levers(seen)
    rows: list[dict[str, Any]] = []
    for line in seen.lines:
        if not line.open:
            continue
        row = as_row(line)
        row["owner_name"] = state.name(line.risk.owner)
        trigger = fired.get(line.risk.id)
        row["triggered"] = trigger.passed if trigger else None
        row["trigger_said"] = trigger.said if trigger else None
        row["contribution"] = 0.0 if line.risk.in_plan else contributions.get(line.risk.id)
        rows.append(
            {"id": row.pop("id"), "mean": row.pop("mean"), "contribution": row.pop("contribution"), **row}
        )
    rows.sort(key=lambda r: (-abs(r["contribution"] or 0.0), -abs(r["mean"] or 0.0), str(r["id"])))
    currency = snapshot.currency
    sentences = {
        "headline": say.headline(seen.landing, contributions, currency, seen.landed_in),
        "signed": say.headline(seen.landing, contributions, currency, seen.landed_in, "signed"),
        "tornado": say.tornado_sentence(seen.lines, contributions),
        "curve": say.curve_sentence(seen.landing, currency),
        "register": say.register_sentence(seen.lines, currency),
        "gap": gap_sentence(seen, currency),
        "honesty": say.honesty_sentence([_named(state, o) for o in owners], missed),
    }
    if scope.first or scope.last:
        notes = [*notes, "The risk report looks at open items and the year ahead: from and to do not apply."]
    return Report(
        report="risk",
        snapshot=snapshot.id,
        as_of=snapshot.as_of,
        scope=scope.as_dict(),
        rows=rows,
        totals={
            "register": register_totals(seen),
            "landing": landing_totals(seen),
            "surprise_ratio": missed.ratio,
            "surprise": {
                "unregistered": missed.unregistered, "material": missed.material, "n": missed.n,
                "vague": list(missed.vague), "deviations": [asdict(d) for d in missed.deviations],
            },
            "staleness": staleness(seen),
            "gap_covered": gap_covered(seen),
            "levers": [asdict(way) for way in ways],
            "owners": [{"owner": o.name, "name": state.name(o.name), **_record(o)} for o in owners],
            "functions": [
                {"function": f.name, **_record(f)} for f in calibrate_by(record, lambda c: c.function)
            ],
            "calibration": _record(calibrate(record)),
            "reliability": [asdict(b) for b in reliability(record)],
            "rho": seen.simulation.rho,
            "draws": seen.simulation.draws,
            "seed": seen.simulation.seed,
            "cycle": seen.now,
            "headline": sentences["headline"],
            "sentences": sentences,
        },
        notes=[*seen.notes, *notes],
    )  # fmt: skip


def register_totals(seen: Picture) -> dict[str, Any]:
    """The items not in plan, alone: mean is exact, the rest is of the draws."""
    draws = seen.simulation.total
    p10, p50, p90 = percentiles(draws, (0.1, 0.5, 0.9))
    return {
        "mean": seen.simulation.expected, "sd": seen.simulation.sd, "p10": p10, "p50": p50, "p90": p90,
        "tail10": tail_mean(draws, 0.1), "items": len(seen.simulation.exposures), "measure": seen.measure,
    }  # fmt: skip


def landing_totals(seen: Picture) -> dict[str, Any] | None:
    """The year with the register; None where there is nothing to lay it on."""
    found = seen.landing
    if found is None or seen.base is None:
        return None
    return {
        "p10": found.p10, "p50": found.p50, "p90": found.p90,
        "chance_to_reach_budget": found.chance_to_reach_budget,
        "chance_to_reach_signed": found.chance_to_reach_signed,
        "mean": found.mean, "sd": found.sd, "tail10": found.tail10, "shortfall": found.shortfall,
        "budget": found.budget, "signed": found.signed, "year": found.label, "measure": seen.landed_in,
        "outlook": dict(zip(("p10", "p50", "p90"), seen.base.band.landing, strict=True)),
        "source": seen.base.band.source, "taken_out": found.taken_out,
        "periods": found.periods, "curve": found.curve,
    }  # fmt: skip


def staleness(seen: Picture) -> dict[str, Any]:
    """Shares of open items that are stale, unowned or undated; None without open items."""
    live = [line for line in seen.lines if line.open]
    counts = {
        "stale": sum(line.stale for line in live),
        "unowned": sum("unowned" in line.flags for line in live),
        "undated": sum("undated" in line.flags for line in live),
    }
    return {"open": len(live), **counts, "share": counts["stale"] / len(live) if live else None}


def _record(found: Calibration) -> dict[str, Any]:
    record = asdict(found)
    del record["name"]
    return record


def _named(state: State, found: Calibration) -> Calibration:
    return replace(found, name=state.name(found.name))


def headline(snapshot: Snapshot, state: State, scope: Scope, **settings: Any) -> str:
    """The page's one sentence; settings: those of `risk`."""
    return str(risk(snapshot, state, scope, **settings).totals["headline"])
