"""The catalogue: what every number on a page, in a report or an export means. One entry, one definition.

Numerators and denominators are summed over the scope first, then divided. docs/metrics.md is printed from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from siop.core import NotFound, Polarity
from siop.warehouse import Snapshot

_UP, _DOWN, _EVEN = Polarity.MORE_IS_BETTER, Polarity.LESS_IS_BETTER, Polarity.NEUTRAL


@dataclass(frozen=True, slots=True)
class Metric:
    """One definition. unit: money, units, hours, ratio, days, a year, count, money per unit, points."""

    name: str
    label: str
    unit: str
    polarity: Polarity
    formula: str
    undefined: str
    source: str
    needs: tuple[str, ...] = ("actuals",)
    where: str = ""  # the function that computes it
    owner: str = "Finance"  # the function that answers for the number

    def missing(self, snapshot: Snapshot) -> list[str]:
        """The tables this metric needs and the snapshot does not have."""
        return [table for table in self.needs if table not in snapshot.tables]


_FIELD = "field practice (S&OP variance reporting)"
_ENTRIES = (
    Metric("quantity", "Quantity", "units", _UP, "sum of quantity", "no row gives it", _FIELD,
           where="metrics.query.table"),
    Metric("revenue", "Revenue", "money", _UP, "sum of revenue; price x quantity where only a price is given",
           "no row gives it", _FIELD, where="metrics.query.table"),
    Metric("cost", "Cost", "money", _DOWN, "sum of cost", "no row gives it", _FIELD, where="metrics.query.table"),
    Metric("margin", "Margin", "money", _UP, "sum of revenue - cost over the rows that give both",
           "no row gives both", _FIELD, where="metrics.query.table"),
    Metric("unit_price", "Unit price", "money per unit", _UP, "sum of revenue / sum of quantity",
           "quantity is zero or unknown", _FIELD, where="metrics.compare"),
    Metric("margin_ratio", "Margin ratio", "ratio", _UP, "sum of margin / sum of revenue",
           "revenue is zero or unknown", _FIELD, where="meeting.scorecard"),
    Metric("plan", "Plan", "money", _EVEN,
           "sum of the plan version's rows in scope; without a name the budget of the period",
           "the plan has no row, or is coarser than asked", "contract.md section 1", ("plans",), "metrics.query.resolve"),
    Metric("actual", "Actual", "money", _EVEN, "sum of the actuals in scope", "no row gives it",
           "contract.md section 1", where="metrics.query.table"),
    Metric("deviation", "Deviation", "money", _UP, "actual - plan, over periods that are due",
           "plan or actual is unknown, or the period is not wholly closed", "contract.md, Conventions",
           ("actuals", "plans"), "metrics.compare.deviation"),
    Metric("deviation_ratio", "Deviation, per cent", "ratio", _UP, "(actual - plan) / |plan|",
           "plan is zero (unplanned) or unknown", "contract.md section 2", ("actuals", "plans"),
           "metrics.compare.deviation_ratio"),
    Metric("attainment", "Attainment", "ratio", _EVEN, "actual / |plan|; over 100 % is not better by itself",
           "plan is zero or unknown", "APICS practice", ("actuals", "plans"), "metrics.compare.attainment"),
    Metric("cumulative_deviation", "Cumulative deviation", "money", _UP,
           "running sum of deviation from the first month in scope; flows only, never stocks",
           "a month of the run is not due", "Wallace and Stahl, family grid", ("actuals", "plans"), "metrics.grid"),
    Metric("coverage", "Coverage", "ratio", _UP, "actual of the cells that have a plan / all actual, due periods",
           "actual is zero or unknown", "field.md section 3, conventions", ("actuals", "plans"), "metrics.query.side_by_side"),
    Metric("closed_months", "Closed months", "count", _EVEN,
           "months the calendar marks closed; without a calendar, up to the last month with actuals",
           "never", "contract.md section 1", where="warehouse.Snapshot.closed_months"),
    Metric("wmape", "WMAPE", "ratio", _DOWN, "sum |actual - plan| / sum actual, plan at the lag named",
           "actual sums to zero", "Kolassa and Schuetz (2007), Foresight 6", ("actuals", "plans"), "metrics.accuracy"),
    Metric("forecast_accuracy", "Forecast accuracy", "ratio", _UP, "max(0, 1 - WMAPE)", "actual sums to zero",
           "IBF practice", ("actuals", "plans"), "metrics.accuracy"),
    Metric("bias", "Bias", "ratio", _EVEN, "sum (plan - actual) / sum actual; above zero is over-forecast",
           "actual sums to zero", "IBF practice", ("actuals", "plans"), "metrics.accuracy"),
    Metric("mae", "Mean absolute error", "units", _DOWN, "mean |actual - plan|", "no rows", "textbook",
           ("actuals", "plans"), "metrics.accuracy"),
    Metric("mean_error", "Mean error", "units", _EVEN, "mean (actual - plan)", "no rows", "textbook",
           ("actuals", "plans"), "metrics.accuracy"),
    Metric("tracking_signal", "Tracking signal", "count", _EVEN,
           "sum (actual - plan) / mean |actual - plan|; alarm beyond 2.5 x sqrt(n) from n = 9",
           "no rows; zero where every error is zero", "Brown (1962); limit by simulation, field.md 2.1",
           ("actuals", "plans"), "metrics.accuracy"),
    Metric("forecast_value_added", "Forecast value added", "ratio", _UP,
           "WMAPE of the step before - WMAPE of the step, same rows and lag", "a step has no rows",
           "Gilliland (2010)", ("actuals", "plans"), "metrics.accuracy"),
    Metric("stability", "Stability of the plan", "ratio", _DOWN,
           "sum |this cycle's plan - the one before| / sum |the one before|, months both have",
           "no two cycles share a month, or the plan before is zero", "de Kok (COCC)", ("plans",), "metrics.triangle"),
    Metric("volume_effect", "Volume", "money", _UP, "(Q1 - Q0) x M0, M0 the base's average unit margin",
           "quantity is unknown or zero", "price-volume-mix accounting convention", ("actuals", "plans"), "metrics.bridge"),
    Metric("mix_effect", "Mix", "money", _UP, "Q1 x sum (s1 - s0) m0", "quantity is unknown or zero",
           "price-volume-mix accounting convention", ("actuals", "plans"), "metrics.bridge"),
    Metric("price_effect", "Price", "money", _UP, "sum q1 (p1 - p0) fx0", "quantity is unknown or zero",
           "price-volume-mix accounting convention", ("actuals", "plans"), "metrics.bridge"),
    Metric("cost_effect", "Unit cost", "money", _UP, "-sum q1 (c1 - c0)", "cost is unknown",
           "price-volume-mix accounting convention", ("actuals", "plans"), "metrics.bridge"),
    Metric("unexplained", "Unexplained", "money", _EVEN, "current - base - all effects", "never",
           "shown, never hidden", ("actuals", "plans"), "metrics.bridge"),
    Metric("otif", "On time in full", "ratio", _UP,
           "order lines due, delivered in full by the date / order lines due; date basis declared",
           "no line is due, or delivered quantities are unknown", "McKinsey and TPA (2019)", ("orders",), "metrics.service"),
    Metric("fill_rate", "Fill rate", "ratio", _UP, "sum min(delivered by the date, ordered) / sum ordered, lines due",
           "nothing ordered is due", "field practice", ("orders",), "metrics.service"),
    Metric("order_backlog", "Order backlog", "money", _EVEN,
           "ordered - delivered of lines not yet delivered in full, at the list price",
           "no prices", "DBM five-section sheet", ("orders",), "meeting.scorecard"),
    Metric("inventory_value", "Inventory", "money", _EVEN,
           "closing value of the last closed month; quantity x unit cost where no value is given",
           "no inventory, or no cost", "ASCM practice", ("inventory",), "metrics.balance"),
    Metric("inventory_turns", "Inventory turns", "a year", _UP,
           "cost of the last twelve months / average closing inventory value", "average inventory is zero",
           "SCOR AM.2.2; reference case balance_turns_pottery", ("inventory", "actuals"), "metrics.balance"),
    Metric("days_of_supply", "Days of supply", "days", _EVEN,
           "run closing stock against future demand: whole months covered x their days + part of the next",
           "no demand in the horizon", "field practice", ("inventory", "plans"), "metrics.balance"),
    Metric("utilisation", "Load", "ratio", _DOWN, "sum quantity x hours per unit / available hours",
           "available hours are zero or unknown", "APICS rough-cut capacity planning",
           ("capacity", "bills"), "metrics.balance"),
    Metric("shortage", "Shortage", "units", _DOWN, "max(0, demand - what stock and constrained supply can serve)",
           "no supply plan and no stock", "S&OP practice", ("plans", "inventory"), "metrics.balance"),
    Metric("days_of_inventory", "Days of inventory", "days", _EVEN,
           "closing inventory value / (cost of the last twelve months / 365); looks back", "no cost, or no stock value",
           "SCOR AM.2.2", ("inventory", "actuals"), "metrics.inventory"),
    Metric("excess_value", "Excess stock", "money", _DOWN,
           "sum max(0, closing - the policy's most) x value a unit, last closed month", "no policy, or no stock value",
           "field practice (excess and obsolete stock)", ("inventory", "policies"), "metrics.balance"),
    Metric("short_revenue", "Short", "money", _DOWN,
           "shortage of the open months x the plan's revenue a unit", "no supply plan and no stock, or no price",
           "S&OP practice", ("plans", "inventory"), "metrics.balance"),
    Metric("otif_promised", "OTIF, promised", "ratio", _UP,
           "as on time in full, by the (first) promised date instead of the requested one",
           "no line has a promised date, or delivered quantities are unknown", "McKinsey and TPA (2019)", ("orders",),
           "metrics.service"),
    Metric("latest_estimate", "Latest estimate", "money", _UP,
           "actuals of closed months + the newest consensus plan that has the month, of the others",
           "an open month has no consensus plan", "FP&A practice", ("actuals", "plans"), "metrics.query.resolve"),
    Metric("landing", "Landing of the year", "money", _UP,
           "actual to date + outlook of the months left; P10, P50 and P90 are percentiles of it",
           "fewer than 24 closed months", "methods.md section 5", ("actuals",), "metrics.outlook"),
)  # fmt: skip

CATALOGUE: dict[str, Metric] = {entry.name: entry for entry in _ENTRIES}


def metric(name: str) -> Metric:
    """The entry of a metric. Raises NotFound naming the known ones."""
    if name not in CATALOGUE:
        raise NotFound(f"no metric {name!r}; known are {', '.join(CATALOGUE)}")
    return CATALOGUE[name]
