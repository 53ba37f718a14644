"""What docs/security.md claims: every named test exists, and what no other room tests is tested here."""

from __future__ import annotations

import ast
import logging
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from siop.core import NotAllowed
from siop.decisions import Identity
from siop.ui import serve
from tests.decisions.company import Company
from tests.ledger.examples import GOOD

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
ROW = re.compile(r"^\| (\d+\.\d+\.\d+) \| (.+) \| (pass|operator|n/a) \| (.+) \|$", re.MULTILINE)
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
SOURCES = [p for part in ("siop", "pages") for p in (ROOT / part).rglob("*.py")] + [ROOT / "app.py"]


def rows() -> list[tuple[str, ...]]:
    return ROW.findall(PAGE.read_text(encoding="utf-8"))


def named(test: str) -> bool:
    """Whether a test of the form path::name (or a whole file of tests) exists."""
    path, _, name = test.partition("::")
    if not (ROOT / path).is_file():
        return False
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    have = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}
    return name in have if name else any(n.startswith("test_") for n in have)


def test_every_named_test_exists() -> None:
    found = rows()
    table = PAGE.read_text(encoding="utf-8").split("| id | what")[1]
    assert len(found) == len(table.strip().splitlines()) - 2  # every line is a row of the four columns
    assert len({r[0] for r in found}) == len(found) > 80
    for ident, _, status, by in found:
        if status == "pass":
            for test in by.split(", "):  # a claim may rest on several tests: each is there
                assert named(test.strip("`")), f"{ident}: {test}"
        else:
            assert len(by) > 5, ident  # whoever claims nothing says why, or who has to


def test_a_test_that_is_gone_is_noticed() -> None:
    assert not named("tests/decisions/test_security.py::test_that_never_was")
    assert not named("tests/nowhere.py::test_every_named_test_exists")


def test_streamlit_is_hardened() -> None:
    server, client = CONFIG["server"], CONFIG["client"]
    assert server["enableXsrfProtection"] is True
    assert server["enableCORS"] is True
    assert server["maxUploadSize"] <= 25
    assert server["enableAgentApi"] is False
    assert server["fileWatcherType"] == "none"
    assert "trustedUserHeaders" not in server
    assert (client["showErrorDetails"], client["toolbarMode"]) == ("none", "minimal")
    assert CONFIG["browser"]["gatherUsageStats"] is False
    static = {p.suffix for p in (ROOT / "static").iterdir()}
    assert static <= {".png", ".svg", ".txt", ".woff2"}  # what is served as it lies there


def test_no_table_can_be_downloaded_past_our_exports() -> None:
    """The table toolbar writes formulas as they are; it is off."""
    assert CONFIG["client"]["disableDataExport"] is True


def test_served_with_fixed_hosts_and_origins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told: list[dict[str, object]] = []
    monkeypatch.setattr(serve.bootstrap, "load_config_options", told.append)
    monkeypatch.setattr(serve.bootstrap, "run", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    serve.run(port=1, address="127.0.0.1")
    serve.run(port=1, address="127.0.0.1", hosts=["cockpit.example.org"])
    serve.run(port=1, address="0.0.0.0")
    assert told[0]["server_allowedHosts"] == ["localhost", "127.0.0.1"]
    assert told[0]["server_corsAllowedOrigins"] == []
    assert told[1]["server_allowedHosts"] == ["localhost", "127.0.0.1", "cockpit.example.org"]
    assert told[1]["server_corsAllowedOrigins"] == ["https://cockpit.example.org"]
    assert "server_allowedHosts" not in told[2]  # the operator serves others and named none: docs say so


FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {
    "pickle",
    "marshal",
    "shelve",
    "joblib",
    "dill",
    "urllib.request",
    "http.client",
    "httpx",
    "requests",
}
MAY_START_PROCESSES = {"siop/warehouse/supervise.py"}
"""The loader's child: python with a fixed module and paths, no shell."""


def findings(source: str, where: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
            yield f"{where}:{node.lineno} calls {node.func.id}"
        if isinstance(node, ast.Call) and any(k.arg == "shell" for k in node.keywords):
            yield f"{where}:{node.lineno} may run a shell"
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
        for name in names:
            if name in FORBIDDEN_MODULES:
                yield f"{where}:{node.lineno} imports {name}"
            if name == "subprocess" and where not in MAY_START_PROCESSES:
                yield f"{where}:{node.lineno} starts processes"
        if (
            isinstance(node, ast.Attribute)
            and node.attr in ("system", "popen")
            and ast.unparse(node.value) == "os"
        ):
            yield f"{where}:{node.lineno} runs a shell"


def test_nothing_runs_a_shell_or_code_from_data() -> None:
    found = [f for p in SOURCES for f in findings(p.read_text(encoding="utf-8"), str(p.relative_to(ROOT)))]
    assert not found


@pytest.mark.parametrize(
    "bad", ["eval('1')", "import pickle", "import os\nos.system('x')", "import subprocess", "f(x, shell=True)",
            "from urllib.request import urlopen"],
)  # fmt: skip
def test_the_rule_bites(bad: str) -> None:
    assert list(findings(bad, "siop/x.py"))


def test_no_secret_is_in_the_repository() -> None:
    """No private key, no secrets file, no ledger key among the files that git keeps."""
    kept = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert not [f for f in kept if Path(f).name in ("secrets.toml", ".env") or f.endswith((".key", ".pem"))]
    mark = "PRIVATE " + "KEY-----"
    texts = [ROOT / f for f in kept if Path(f).suffix in (".py", ".toml", ".md", ".conf", ".txt", ".sh", "")]
    assert not [
        p.name for p in texts if p.is_file() and mark in p.read_text(encoding="utf-8", errors="ignore")
    ]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned_by_hash(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-zA-Z0-9])", re.sub(r"(?m)^\s*#.*\n", "", text).strip())
    assert len(pins) > 20
    assert not [pin.split("\n")[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin]


def test_the_package_holds_no_tests() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["tool"]["setuptools"]["packages"]["find"]["include"] == ["siop*", "pages*"]
    asked = "import sys, siop.decisions, siop.ledger; sys.exit(any(m.split('.')[0] in ('tests', 'pytest') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", asked], cwd=ROOT).returncode == 0


def test_what_was_denied_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Who, what, and in one line whatever the name is; the handler of `serve` adds the time in UTC."""
    company = Company(tmp_path)
    liar = "eve\u2028\n2026-01-01 chair signed in"
    who = Identity(liar, liar, "Sales", "chair", True, True, "password", company.clock())
    with caplog.at_level(logging.WARNING, "siop.access"), pytest.raises(NotAllowed):
        company.service.create(who, "risk", GOOD["risk"])
    said = [record.getMessage() for record in caplog.records if record.name == "siop.access"]
    assert len(said) == 1
    assert said[0].startswith("denied: person 'eve")
    assert "\n" not in said[0]
    assert "\u2028" not in said[0]
    assert "risk" in said[0]
