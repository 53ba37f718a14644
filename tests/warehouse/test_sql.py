"""No SQL is put together anywhere but in sqltext: what is executed is a constant, or was made there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import siop.warehouse

ROOM = Path(siop.warehouse.__file__).parent
RUN = {"execute", "run", "rows", "one", "count", "table", "sql", "query"}
MADE = {"sql", "statement", "joined", "name"}


def offences(source: str) -> list[int]:
    """Lines that execute, or call SQL, a text that is put together on the spot."""
    out = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        first = node.args[0]
        put_together = isinstance(first, ast.JoinedStr | ast.BinOp) or (
            isinstance(first, ast.Call)
            and isinstance(first.func, ast.Attribute)
            and first.func.attr in ("format", "replace", "join")
        )
        if (called in RUN or called in MADE) and put_together:
            out.append(node.lineno)
        if called == "Sql" and not isinstance(first, ast.Constant | ast.IfExp):
            out.append(node.lineno)
    return out


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda p: p.stem)
def test_no_sql_is_put_together(path: Path) -> None:
    if path.stem == "sqltext":
        return
    assert offences(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "line",
    ['con.execute(f"SELECT {x}")', 'con.execute("SELECT " + x)', 'bench.rows("SELECT {}".format(x))', 'Sql(f"{x}")', "Sql(x)",
     'sql(f"SELECT {x}")', 'con.execute("SELECT %s" % x)'],
)  # fmt: skip
def test_the_rule_bites(line: str) -> None:
    assert offences(line) == [1]


def test_duckdb_opens_paths_only_by_parameter() -> None:
    """A file name never stands in a statement: ATTACH and read_csv take it as a bound value."""
    for path in ROOM.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "read_csv('" not in text
        for line in text.splitlines():
            if '"ATTACH' in line:
                assert "ATTACH ? AS" in line
