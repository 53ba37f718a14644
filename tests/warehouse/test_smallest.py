"""The smallest companies: whatever is not handed over is unknown, and every report still answers or says why."""

from __future__ import annotations

import pytest

from siop.cli.reports import Asked, answer
from siop.core import Scope, SiopError
from siop.ledger import State
from siop.settings import Settings
from siop.warehouse import Snapshot
from siop.warehouse.contract import TABLES
from tests.warehouse.making import loaded

REPORTS = (
    "plan-vs-actual", "bridge", "accuracy", "balance", "service", "outlook", "scorecard", "deviations", "localise", "risk",
    "decisions", "health",
)  # fmt: skip
COMPANIES = {
    "one row": {"actuals_csv": "month,sku,quantity\n2026-01,A,5\n"},
    "no products at all": {"actuals_csv": "month,revenue\n2026-01,5\n2026-02,6\n"},
    "regions alone": {"actuals_csv": "month,region,revenue\n2026-01,North,5\n2026-01,South,6\n"},
    "stock without costs": {
        "actuals_csv": "month,sku,family,quantity\n2026-01,A,F,5\n2026-02,A,F,6\n",
        "inventory_csv": "version,month,sku,site,quantity\nactual,2026-01,A,S,9\nactual,2026-02,A,S,8\n",
        "sites_csv": "site\nS\n",
        "plans_csv": "version,kind,month,sku,family,quantity\nB,budget,2026-01,A,F,5\nB,budget,2026-03,A,F,5\n",
    },
}


@pytest.fixture(scope="module", params=COMPANIES)
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return loaded(tmp_path_factory.mktemp("small"), **COMPANIES[request.param])


def test_the_columns_of_the_contract_are_there(company: Snapshot) -> None:
    for table in ("products", "customers", "sites"):
        have = [
            c
            for (c,) in company.rows(
                "SELECT column_name FROM duckdb_columns() WHERE table_name = $t", {"t": table}
            )
        ]
        for column in TABLES[table].names:
            assert {column, f"{TABLES[table].key[0]}_{column}"} & set(have), (table, column)
        assert len(have) == len(set(have))
    assert "unit" not in company.dimensions  # there, and unknown: not a dimension to filter by


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_answers_or_says_why(company: Snapshot, name: str) -> None:
    try:
        said = answer(
            name, company, State(), Settings(), Asked(Scope(), (), None, None, None, None, {})
        ).report
    except SiopError as error:
        said = f"{name}: {error}"  # a reason, in words; anything else is a crash
    assert said.startswith(name)
