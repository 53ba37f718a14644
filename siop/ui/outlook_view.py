"""The view "Outlook": where quarter and year land, the chance to reach the plans, and whether the method was right."""

from __future__ import annotations

from typing import Any

import streamlit as st

from siop import charts, decisions, metrics
from siop.core import MEASURES, Report, Scope, words
from siop.ui import html, parts
from siop.ui.behind import behind
from siop.ui.here import Here
from siop.ui.html import e

TARGETS = (("budget", "Budget"), ("signed", "Signed plan"))
VOICES = {
    "theta": "Theta", "damped": "Damped trend", "seasonal_naive": "Seasonal naive", "plan": "The plan, less its usual bias",
}  # fmt: skip


def outlook(at: Here, scope: Scope, measure: str) -> None:
    """Landing of the running quarter and the year with an 80 % interval, its chances, and the honest backtest."""
    found = at.ask(
        metrics.outlook, scope, measure=measure, signed=decisions.signed_version(at.state, scope.cycle)
    )
    if found.totals["landing"]["p50"] is None:
        parts.empty("No outlook", metrics.outlook_sentence(found, at.currency))
        return
    with st.container(key="twocol", gap=None):
        left, right = st.columns([1, 1.25], gap="large")
        with left, st.container(gap=None):
            _landing(at, found)
            _voices(found)
        with right, st.container(gap=None):
            _backtest(at, found)
    parts.notes(found.notes)
    behind(
        at, "outlook", {"By month": found, "Backtest": found.totals["backtest"]["rows"]},
        ("landing", "chance_to_reach", "interval_coverage", "skill_vs_plan", "mase"),
    )  # fmt: skip


def _landing(at: Here, found: Report) -> None:
    total = found.totals
    year, quarter = total["landing"], total["quarter"]
    rows = [{"what": f"Year {year['year']}", **year, "chance_budget": total["chance_to_reach_budget"],
             "chance_signed": total["chance_to_reach_signed"]}]  # fmt: skip
    if quarter is not None:
        rows.insert(0, {"what": quarter["quarter"], **quarter, "chance_budget": quarter["chance_to_reach_budget"],
                        "chance_signed": quarter["chance_to_reach_signed"]})  # fmt: skip
    divisor, unit = words.scale_of([year["p50"]], MEASURES[total["measure"]].unit, at.currency)
    parts.panel(
        metrics.outlook_sentence(found, at.currency).rstrip("."),
        "Eight of ten landings lie between P10 and P90; P50 is the middle. Signed: actual to date and the signed plan of the rest",
    )
    columns = [
        html.text(unit, "what", strong=True),
        html.amount("Actual to date", "actual", divisor, 1, wide=True),
        html.amount("P10", "p10", divisor, 1),
        html.amount("P50", "p50", divisor, 1, strong=True),
        html.amount("P90", "p90", divisor, 1),
        *(c for key, name in TARGETS for c in (html.amount(name, key, divisor, 1), _chance(f"chance_{key}"))),
    ]
    parts.still(html.table(columns, rows, caption="Landing"))


def _chance(key: str) -> html.Column:
    return html.Column("Chance", lambda r: e(words.chance(r[key])), numeric=True)


def _voices(found: Report) -> None:
    weights: dict[str, float] = found.totals["weights"] or {}
    rows = [{"voice": VOICES.get(k, k), "share": v} for k, v in sorted(weights.items(), key=lambda p: -p[1])]
    parts.panel(
        "What the outlook listens to",
        f"Weight of each voice for the {words.count(found.totals['landing']['months_left'], 'month')} left, by how little it missed before",
    )
    columns = [
        html.text("Voice", "voice", strong=True),
        html.Column("Weight", lambda r: e(words.percent(r["share"], 0)), numeric=True),
    ]
    parts.still(html.table(columns, rows, caption="Voices", dense=True))


def _backtest(at: Here, found: Report) -> None:
    told: dict[str, Any] = found.totals["backtest"]
    parts.panel(
        metrics.backtest_sentence(told),
        f"The sum of the next {words.count(told['months_left'], 'month')} as seen at each origin, with the plan of then,"
        " nothing newer. Bar: its interval; red: outside",
    )
    rows = told["rows"]
    if not rows:
        parts.empty(
            "No origin to judge by",
            "An outlook can be judged once as many months have closed as it looks ahead.",
        )
        return
    data = charts.Backtest(
        labels=[words.month(r["origin"], year=False) for r in rows], actual=[r["actual"] for r in rows],
        middle=[r["p50"] for r in rows], low=[r["p10"] for r in rows], high=[r["p90"] for r in rows],
        plan=[r["plan"] for r in rows], unit=MEASURES[found.totals["measure"]].unit, currency=at.currency,
    )  # fmt: skip
    parts.figure(charts.backtest(data, at.theme), None, "backtest", metrics.backtest_sentence(told))
    said = [
        ("Coverage of 80 %", f"{words.percent(told['coverage'], 0)} of {told['coverage_n']}" if told["coverage"] is not None else "–"),
        ("MASE", words.number(told["mase"], 2)),
        ("Skill against the plan", words.percent(told["skill_vs_plan"], 0, signed=True) if told["skill_vs_plan"] is not None else "–"),
        ("Origins", str(told["origins"])),
    ]  # fmt: skip
    facts = "".join(f"<span>{e(name)} <b>{e(value)}</b></span>" for name, value in said)
    parts.still(f'<p class="siop-facts">{facts}</p>')
