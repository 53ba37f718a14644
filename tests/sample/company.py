"""A sample company's files read with plain pandas: nothing of the generator is used here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

FUNCTIONS = ("statistical", "Sales", "Marketing", "Finance", "Operations")


def month_no(month: pd.Series) -> pd.Series:
    return month.str[:4].astype(int) * 12 + month.str[5:].astype(int)


class Company:
    """Tables, history and truth of one workspace folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def table(self, name: str) -> pd.DataFrame:
        text = {"line": str, "order": str, "version": str}
        return pd.read_csv(self.folder / "sources" / f"{name}.csv", dtype=text, keep_default_na=True)

    @cached_property
    def history(self) -> list[dict[str, Any]]:
        lines = (self.folder / "history.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def said(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.history if line["type"] == kind]

    @cached_property
    def stories(self) -> dict[str, dict[str, Any]]:
        rows = json.loads((self.folder / "stories.json").read_text(encoding="utf-8"))
        return {row["story"]: row for row in rows}

    @cached_property
    def products(self) -> pd.DataFrame:
        return self.table("products")

    @cached_property
    def customers(self) -> pd.DataFrame:
        return self.table("customers")

    def named(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows with family, region and channel."""
        rows = rows.merge(self.products[["sku", "family"]], on="sku")
        return rows.merge(self.customers[["customer", "region", "channel"]], on="customer")

    @cached_property
    def actuals(self) -> pd.DataFrame:
        return self.named(self.table("actuals"))

    @cached_property
    def versions(self) -> pd.DataFrame:
        return self.table("versions").set_index("version")

    @cached_property
    def consensus(self) -> pd.DataFrame:
        """Consensus plans with their cycle and lag."""
        rows = self.named(self.table("consensus"))
        rows["cycle"] = rows["version"].map(self.versions["cycle"])
        rows["lag"] = month_no(rows["month"]) - month_no(rows["cycle"])
        return rows

    @cached_property
    def budget(self) -> pd.DataFrame:
        return self.named(self.table("budgets"))

    @cached_property
    def closed(self) -> list[str]:
        calendar = self.table("calendar")
        return list(calendar.loc[calendar["closed"].astype(str).str.lower() == "true", "month"])

    def log_ratio(self, family: str) -> pd.Series:
        """ln(actual / lag-1 consensus) of a family's quantity by closed month."""
        plan = self.consensus[(self.consensus["lag"] == 1) & (self.consensus["family"] == family)]
        actual = self.actuals[self.actuals["family"] == family]
        both = pd.concat(
            [actual.groupby("month")["quantity"].sum(), plan.groupby("month")["quantity"].sum()],
            axis=1, keys=["actual", "plan"],
        ).dropna()  # fmt: skip
        return np.log(both["actual"] / both["plan"])

    def within(self, rows: pd.DataFrame, story: str) -> pd.DataFrame:
        """Rows of a story's months and of those of its subject's dimensions that rows have."""
        told = self.stories[story]
        rows = rows[(rows["month"] >= told["from"]) & (rows["month"] <= told["to"])]
        for dimension, value in told["subject"].items():
            rows = rows[rows[dimension] == value]
        return rows


def weights(company: Company) -> dict[str, float]:
    """Influence of the inputs: non-negative, summing to 1, of changes against the cycle before, family by month."""
    inputs = company.table("inputs")
    inputs["cycle"] = inputs["version"].map(company.versions["cycle"])
    inputs["function"] = inputs["version"].map(company.versions["function"])
    asked = inputs.groupby(["cycle", "month", "family", "function"])["quantity"].sum().unstack("function")
    plans = company.consensus.groupby(["cycle", "month", "family"])["quantity"].sum()
    table = asked.join(plans.rename("consensus")).reset_index()
    table["number"] = month_no(table["cycle"])
    before = table[["number", "month", "family", "consensus"]].rename(columns={"consensus": "base"})
    before["number"] += 1
    table = table.merge(before, on=["number", "month", "family"])
    x = table[list(FUNCTIONS)].div(table["base"], axis=0).to_numpy() - 1
    y = (table["consensus"] / table["base"]).to_numpy() - 1
    found, _ = nnls(np.vstack([x, np.full(len(FUNCTIONS), 1e4)]), np.append(y, 1e4))
    return dict(zip(FUNCTIONS, map(float, found), strict=True))


def load_share(company: Company, version: str) -> pd.Series:
    """Hours needed over hours available, by (resource, month), of a supply plan."""
    made = company.table("production")
    made = made[made["version"] == version].merge(company.products[["sku", "family"]], on="sku")
    bills = company.table("bills")
    by_sku = made.merge(bills.dropna(subset=["sku"])[["resource", "sku", "hours_per_unit"]], on="sku")
    by_family = made.merge(
        bills.dropna(subset=["family"])[["resource", "family", "hours_per_unit"]], on="family"
    )
    hours = pd.concat([by_sku, by_family])
    need = (hours["quantity"] * hours["hours_per_unit"]).groupby([hours["resource"], hours["month"]]).sum()
    capacity = company.table("capacity").set_index(["resource", "month"])["available_hours"]
    return (need / capacity).dropna()


def mix_effect(company: Company) -> float:
    """sum of p0 (q1 - Q1 q0/Q0) against the budget, item = sku."""
    plan = company.within(company.budget, "mix_shift").groupby("sku")[["quantity", "revenue"]].sum()
    actual = company.within(company.actuals, "mix_shift").groupby("sku")["quantity"].sum()
    both = plan.join(actual.rename("sold"), how="inner").query("quantity > 0 and sold > 0")
    share = both["quantity"] / both["quantity"].sum()
    price = both["revenue"] / both["quantity"]
    return float((price * (both["sold"] - both["sold"].sum() * share)).sum())


def price_change(company: Company, family: str) -> float:
    """Realised over budgeted price of what was sold in the price story's months, less 1."""
    told = company.stories["price_move"]

    def months(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[(rows["family"] == family) & rows["month"].between(told["from"], told["to"])]

    keys = ["sku", "customer", "month"]
    plan = months(company.budget).set_index(keys)
    actual = months(company.actuals).set_index(keys)
    both = actual.join(plan[["quantity", "revenue"]].add_suffix("_plan"), how="inner")
    expected = both["quantity"] * both["revenue_plan"] / both["quantity_plan"]
    return float(both["revenue"].sum() / expected.sum() - 1)


def risk_record(company: Company) -> dict[str, list[tuple[str, float, bool, float, float]]]:
    """{owner: [(kind, probability last said before the months began, occurred, likely, realised)]}."""
    items = {line["payload"]["id"]: line["payload"] for line in company.said("risk")}
    scores: dict[str, list[dict[str, Any]]] = {}
    for line in company.said("risk_score"):
        scores.setdefault(line["payload"]["id"], []).append(line)
    found: dict[str, list[tuple[str, float, bool, float, float]]] = {}
    for line in company.said("risk_outcome"):
        told = line["payload"]
        item = items[told["id"]]
        last = [s for s in scores[told["id"]] if s["cycle"] < item["from"]][-1]["payload"]
        found.setdefault(item["owner"], []).append(
            (item["kind"], last["probability"], told["occurred"], last["likely"], told["realised"])
        )
    return found


def answers(company: Company) -> Iterator[tuple[str, bool, bool]]:
    """(customer, accepted, an impact run was made before the answer) of every answered request."""
    asked = {line["payload"]["id"]: line["payload"] for line in company.said("request")}
    runs = {line["payload"]["request"]: line["at"] for line in company.said("impact_run")}
    for line in company.said("request_answer"):
        told = line["payload"]
        seen = runs.get(told["request"], "9999") < line["at"]
        yield asked[told["request"]]["customer"], told["accepted"], seen
