"""The commands. Each parses, calls one function of a room, and prints; nothing is computed here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn
from unicodedata import normalize

import click

from siop import __version__
from siop.core import NotFound, Refused, Scope, SiopError, is_month
from siop.workspace import Workspace

WORKSPACE = click.option(
    "--workspace",
    "-w",
    envvar="SIOP_WORKSPACE",
    type=click.Path(path_type=Path),
    help="The company's folder.",
)
JSON = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object on standard output, nothing else."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="siop")
def main() -> None:
    """SIOP Cockpit: company files to one bought-off plan."""
    for stream in (
        sys.stdout,
        sys.stderr,
    ):  # half a character of a file or an argument is said, never a crash
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


@main.command()
@click.argument("workspace", type=click.Path(path_type=Path))
@click.option(
    "--sample", type=click.Choice(["halden", "adventureworks"]), help="Fill it with a sample company."
)
@click.option("--seed", type=int, default=7, show_default=True, help="Of the sample company halden.")
def init(workspace: Path, sample: str | None, seed: int) -> None:
    """Make a company's folder; with --sample one that is filled and loaded."""
    from siop.sample import make_workspace

    place = Workspace(workspace)
    with refusing(False):
        if sample is None:
            place.make().sources.mkdir(exist_ok=True)
            click.echo(
                f"Made {workspace}. Put files into {place.sources}, then: python -m siop load {place.sources}"
            )
            return
        with progress(f"Sample company {sample}") as told:
            snapshot = make_workspace(place, sample, seed, told)
    click.echo(f"Made the sample company {sample} in {workspace}: snapshot {snapshot}")


@main.command()
@click.argument("sources", type=click.Path(path_type=Path))
@JSON
def check(sources: Path, as_json: bool) -> None:
    """Dry run: is what these files say right, and what would be loaded?"""
    from siop import warehouse

    with refusing(as_json):
        result = warehouse.check(sources)
    _show_load(result.as_dict(), as_json, done="Nothing was loaded: this was a dry run.")


@main.command()
@click.argument("sources", type=click.Path(path_type=Path))
@WORKSPACE
@JSON
def load(sources: Path, workspace: Path | None, as_json: bool) -> None:
    """Check, build and publish a snapshot. A refused load changes nothing."""
    from siop import warehouse

    with refusing(as_json), progress("Loading", quiet=as_json) as told:
        place = Workspace.named(workspace).make()
        result = warehouse.load(sources, place.snapshots, progress=told)
    body = result.as_dict()
    warehouse.note_refusal(place.snapshots, body)
    if result.ok and "plans" in result.tables:
        from siop.decisions import loads  # half a second that a load without plans does not need

        loads.keep_flags(place.snapshots, result)
    _show_load(body, as_json, done=f"Published snapshot {body.get('snapshot')}.")


@main.command()
@click.argument("name")
@WORKSPACE
@click.option("--version", help="A plan's name, or budget, consensus, signed, prior-year, estimate.")
@click.option("--measure", help="quantity, revenue, cost or margin.")
@click.option("--by", help="Dimensions, comma between them: family,month.")
@click.option("--from", "first", help="First month, YYYY-MM.")
@click.option("--to", "last", help="Last month, YYYY-MM.")
@click.option("--where", multiple=True, help="dim=value; repeat for more.")
@click.option("--lag", type=click.IntRange(0, 24), help="Months between a plan's cycle and its month.")
@click.option("--cycle", help="Month of the executive meeting, YYYY-MM.")
@click.option("--top", type=click.IntRange(1), help="Only the largest N rows.")
@click.option("--input", "file", type=click.Path(path_type=Path), help="A JSON file, for request.")
@click.option("--grain", help="accuracy: sku, family or sku,customer.")
@click.option("--function", help="accuracy: the function whose input is judged.")
@click.option("--basis", type=click.Choice(["requested", "promised"]), help="service: the date that counts.")
@click.option("--base", help="bridge: a version, budget or prior-year.")
@click.option("--current", help="bridge: a version or actual.")
@click.option("--rho", type=click.FloatRange(0, 1), help="risk: correlation within a driver group.")
@click.option("--draws", type=click.IntRange(100, 2_000_000), help="risk: simulated years.")
@click.option("--seed", type=int, help="risk: seed of the simulation.")
@JSON
def report(name: str, workspace: Path | None, as_json: bool, **given: Any) -> None:
    """Answer a question: plan-vs-actual, scorecard, deviations, risk, decisions, health and more."""
    from siop.cli.reports import Asked, answer

    with refusing(as_json):
        place = Workspace.named(workspace)
        asked = _asked(Asked, place, given)
        snapshot, state = _open(place)
        result = answer(name, snapshot, state, place.settings, asked)
    body = result.as_dict()
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        _print_report(body)


@main.group()
def ledger() -> None:
    """What people said: verify it, carry it out, bring a history in."""


@ledger.command("verify")
@WORKSPACE
@JSON
def ledger_verify(workspace: Path | None, as_json: bool) -> None:
    """Is the chain of entries whole? Exit 1 where it is not, naming the first bad entry."""
    from siop.ledger import verified

    place = Workspace.named(workspace)
    with refusing(as_json):
        if not place.root.is_dir():
            raise Refused(f"there is no workspace {place.root}: python -m siop init {place.root}")
        body = verified(place.ledger_url, place.keys)
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False))
    elif body["ok"]:
        click.echo(f"Whole: {body['entries']} entries, head {body['head']}.")
    else:
        bad = body["first_bad"] or {}
        click.echo(f"NOT whole: entry {bad.get('seq')}: {bad.get('reason')}", err=True)
    sys.exit(0 if body["ok"] else 1)


@ledger.command("export")
@WORKSPACE
@click.option("--out", type=click.Path(path_type=Path), help="A file; standard output without it.")
@JSON
def ledger_export(workspace: Path | None, out: Path | None, as_json: bool) -> None:
    """Every entry as one JSON line, readable and verifiable without the cockpit."""
    with refusing(as_json), opened_ledger(workspace) as book:
        lines = list(book.export_lines())
        if out is not None:
            _write(out, "".join(f"{line}\n" for line in lines).encode())
    if as_json:
        body: dict[str, Any] = {"ok": True, "entries": len(lines)}
        body |= {"file": str(out)} if out is not None else {"lines": [json.loads(line) for line in lines]}
        click.echo(json.dumps(body, ensure_ascii=False))
    elif out is None:
        click.echo("\n".join(lines))
    else:
        click.echo(f"Wrote {len(lines)} entries to {out}.")


@ledger.command("checkpoint")
@WORKSPACE
@JSON
def ledger_checkpoint(workspace: Path | None, as_json: bool) -> None:
    """Sign the triple (size, head, time); keep it outside the machine."""
    with refusing(as_json), opened_ledger(workspace) as book:
        body = book.checkpoint().as_dict()
    click.echo(json.dumps(body, ensure_ascii=False) if as_json else f"Checkpoint: {body}")


@ledger.command("import")
@click.argument("history", type=click.Path(path_type=Path))
@WORKSPACE
@JSON
def ledger_import(history: Path, workspace: Path | None, as_json: bool) -> None:
    """Bring a company's past in, whole or not at all; entries are marked as imported."""
    from siop.warehouse import current_snapshot

    place = Workspace.named(workspace)
    with refusing(as_json), opened_ledger(workspace) as book:
        snapshot = current_snapshot(place.snapshots)
        hashes = {} if snapshot is None else dict(snapshot.rows("SELECT version, plan_hash FROM versions"))
        done = book.import_file(history, plan_hashes=hashes, snapshot=snapshot.id if snapshot else None)
    warnings = [finding.as_dict() for finding in done.warnings]
    body = {"ok": True, "entries": done.new, "already": done.already, "findings": warnings}
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False))
        return
    for finding in done.warnings:
        click.echo(str(finding), err=True)
    click.echo(f"Imported {done.new} entries; {done.already} were there before.")


@main.command()
@click.argument("cycle")
@WORKSPACE
@click.option("--out", required=True, type=click.Path(path_type=Path), help="FILE.pdf, .pptx, .xlsx or .md.")
@JSON
def minutes(cycle: str, workspace: Path | None, out: Path, as_json: bool) -> None:
    """Minutes of a cycle, YYYY-MM: attendance, the plan signed, dissent, decisions, actions, receipts."""
    from siop import exports

    if not is_month(cycle):
        raise click.UsageError(f"{cycle}: write the cycle as YYYY-MM, for instance 2026-11")
    kind = out.suffix.lower().removeprefix(".")
    if kind not in exports.FORMATS:
        raise click.UsageError(f"--out {out.name}: name a file that ends in .{', .'.join(exports.FORMATS)}")
    place = Workspace.named(workspace)
    with refusing(as_json):
        snapshot, _ = _open(place)
        with opened_ledger(workspace) as book:
            document = exports.minutes(snapshot, book, cycle, company=place.settings.company)
        body = exports.written(document, kind)
        _write(out, body)
    said = {"ok": True, "cycle": cycle, "file": str(out), "bytes": len(body)}
    click.echo(json.dumps(said, ensure_ascii=False) if as_json else f"Wrote {document.title} to {out}.")


@main.command()
@WORKSPACE
@click.option("--port", type=click.IntRange(1, 65535), default=8501, show_default=True)
@click.option("--address", default="127.0.0.1", show_default=True, help="0.0.0.0 to serve other machines.")
def serve(workspace: Path | None, port: int, address: str) -> NoReturn:
    """Open the cockpit."""
    import os

    from siop.ui.serve import run

    place = Workspace.named(workspace)
    os.environ["SIOP_WORKSPACE"] = str(place.root.resolve())
    with refusing(False):
        hosts = [name.strip() for name in place.settings.hosts.split(",") if name.strip()]
    run(port=port, address=address, hosts=hosts, secrets=(place.root / "secrets.toml").resolve())
    sys.exit(0)


def _write(out: Path, body: bytes) -> None:
    try:
        out.write_bytes(body)
    except OSError as error:
        raise Refused(f"{out} cannot be written: {error.strerror or error}") from None


@contextmanager
def refusing(as_json: bool) -> Iterator[None]:
    """Turn every refusal into its words (or one JSON object) and exit code 1."""
    try:
        yield
    except SiopError as error:
        findings = [f.as_dict() for f in getattr(error, "findings", ())]
        if as_json:
            click.echo(
                json.dumps({"ok": False, "error": str(error), "findings": findings}, ensure_ascii=False)
            )
        else:
            click.echo(f"Refused: {error}", err=True)
            for finding in getattr(error, "findings", ()):
                click.echo(f"  {finding}", err=True)
        sys.exit(1)


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Any]:
    """A progress bar on standard error; yields told(step, fraction)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda step, fraction: bar.update(task, description=f"{title}: {step}", completed=fraction)


def _asked(kind: Any, place: Workspace, given: dict[str, Any]) -> Any:
    for option, value in (("--from", given["first"]), ("--to", given["last"]), ("--cycle", given["cycle"])):
        if value is not None and not is_month(value):
            raise click.UsageError(f"{option} {value}: write YYYY-MM, for instance 2026-11")
    if given["first"] and given["last"] and given["first"] > given["last"]:
        raise click.UsageError(f"--from {given['first']} is after --to {given['last']}")
    where: dict[str, list[str]] = {}
    for pair in given["where"]:
        dimension, found, value = pair.partition("=")
        if not found or not dimension.strip():
            raise click.UsageError(f"--where {pair}: write dim=value, for instance family=Valves")
        if value.encode(errors="replace") != value.encode(errors="surrogatepass"):
            raise click.UsageError(f"--where {pair}: its bytes are no text in UTF-8")
        where.setdefault(normalize("NFC", dimension.strip()), []).append(
            normalize("NFC", value)
        )  # as the loader does
    lag = given["lag"] if given["lag"] is not None else place.settings.lag
    scope = Scope(given["first"], given["last"], Scope.filters(where), lag, given["cycle"])  # type: ignore[arg-type]
    more = {key: given[key] for key in ("base", "current", "function", "basis", "rho", "draws", "seed")}
    more["grain"] = _names(given["grain"]) or None
    more["input"] = given["file"]
    return kind(
        scope, _names(given["by"]), given["version"], given["measure"], given["lag"], given["top"],
        {key: value for key, value in more.items() if value is not None},
    )  # fmt: skip


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())


def _open(place: Workspace) -> tuple[Any, Any]:
    """(snapshot, state of the ledger). Raises NotFound with what to do where nothing is loaded."""
    from siop.ledger import Ledger
    from siop.warehouse import current_snapshot

    snapshot = current_snapshot(place.snapshots)
    if snapshot is None:
        raise NotFound(
            f"nothing is loaded in {place.root}: python -m siop load SOURCES --workspace {place.root},"
            f" or python -m siop init {place.root} --sample halden"
        )
    with closing(Ledger(place.ledger_url, keys=place.keys)) as book:
        return snapshot, book.state()


@contextmanager
def opened_ledger(workspace: Path | None) -> Iterator[Any]:
    """The ledger of a workspace that is there. Raises Refused where it is not."""
    from siop.ledger import Ledger

    place = Workspace.named(workspace)
    if not place.root.is_dir():
        raise Refused(f"there is no workspace {place.root}: python -m siop init {place.root}")
    with closing(Ledger(place.ledger_url, keys=place.keys)) as book:
        yield book


def _show_load(body: dict[str, Any], as_json: bool, done: str) -> None:
    if as_json:
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        for finding in body["findings"]:
            where = ", ".join(
                f"{name} {finding[key]}"
                for key, name in (("sheet", "sheet"), ("row", "row"), ("column", "column"))
                if finding[key] is not None
            )
            said = f" ({finding['value']!r})" if finding["value"] is not None else ""
            click.echo(f"{finding['severity']}: {finding['file']}{', ' + where if where else ''}:"
                       f" {finding['message']}{said}. {finding['fix']}", err=True)  # fmt: skip
        for name, table in body["tables"].items():
            click.echo(f"{name}: {table['rows']:,} rows")
        if body.get("proposal"):
            click.echo(f"A mapping.toml to begin with, from the headers:\n\n{body['proposal']}")
        click.echo(done if body["ok"] else "Refused: nothing was loaded, the last good snapshot stays.")
    sys.exit(0 if body["ok"] else 1)


def _print_report(body: dict[str, Any]) -> None:
    from shutil import get_terminal_size

    from siop.cli.printed import lines_of

    for line in lines_of(body, get_terminal_size((80, 24)).columns):
        click.echo(line)
