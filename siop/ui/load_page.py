"""Files come in: dragged, looked at, mapped, checked, published. Nothing on any page moves before the last step."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from siop import warehouse
from siop.core import Refused, SiopError, words
from siop.core.finding import Finding
from siop.decisions import loads
from siop.ui import html, load_job, load_mapping, parts
from siop.ui.here import Here
from siop.warehouse import Check, Loaded, Look, Staged, findings_csv

_SAID, _LOOK, _UPLOADS = "siop_load_said", "siop_load_look", "siop_load_uploads"
SHOWN = 100
ALL_FILES, ALL_RULES = "All files", "All rules"
TYPES = ["csv", "gz", "xlsx", "parquet", "toml"]


def view(at: Here) -> None:
    """Load files. Offered to the roles that may; the service refuses the others whatever they send."""
    if not at.service.may(at.identity, "load"):
        parts.headline("Files are loaded by the SIOP lead and the administrator", "", f"You are here as {at.identity.name}.")  # fmt: skip
        parts.empty("Your role may not load files", "What is loaded, and by whom, is open to everybody: see the other views.")  # fmt: skip
        return
    staged = Staged(at.workspace.root, at.identity.person)
    key = str(staged.folder)
    job = load_job.job_of(key)
    _finish(job, key)
    look = _look(staged) if staged.begun and not (job and job.running) else None
    result = _result(job, _signature(staged))
    parts.headline(*_headline(staged, look, job, result))
    for said in st.session_state.pop(_SAID, []):
        parts.banner(said)
    left, right = st.columns([1.2, 1], gap="large")
    with left:
        _files(staged, look)
        if look is not None:
            load_mapping.form(at, staged, look)
    with right:
        _dry_run(at, staged, key, job, result, look)


def _signature(staged: Staged) -> str:
    """What is staged, by name, size and time of change: a dry run holds for this and nothing else."""
    if not staged.begun:
        return ""
    found = sorted(p for p in staged.folder.rglob("*") if p.is_file())
    return "|".join(
        f"{p.relative_to(staged.folder)} {p.stat().st_size} {p.stat().st_mtime_ns}" for p in found
    )


def _look(staged: Staged) -> Look:
    """The mapping beside the heads of the files; read again only where something changed."""
    signature = _signature(staged)
    kept = st.session_state.get(_LOOK)
    if kept is None or kept[0] != signature:
        with st.spinner("Reading the headers"):
            kept = (signature, warehouse.look_at(staged.folder))
        st.session_state[_LOOK] = kept
    found: Look = kept[1]
    return found


def _finish(job: load_job.Job | None, key: str) -> None:
    """A publishing that is over: say so once, and begin anew where it went well."""
    if job is None or job.running or job.kind != "publish" or job.future is None:
        return
    error = job.future.exception()
    if isinstance(error, SiopError):
        load_job.forget(key)
        st.session_state.setdefault(_SAID, []).append(str(error))
    elif error is not None:
        load_job.forget(key)
        raise error
    else:
        done: Loaded = job.future.result()
        if done.ok:
            load_job.forget(key)
            said = (
                f"Published snapshot {done.snapshot} in {done.seconds:.1f} seconds. It is on every page now."
            )
            st.session_state.setdefault(_SAID, []).append(said)
            st.rerun()


def _result(job: load_job.Job | None, signature: str) -> Check | None:
    """What the last dry run (or refused load) found, if it was about what is staged now."""
    if job is None or job.running or job.future is None or job.about != signature or job.future.exception():
        return None
    found: Check = job.future.result()
    return found


def _headline(
    staged: Staged, look: Look | None, job: load_job.Job | None, result: Check | None
) -> tuple[str, str, str]:
    bold, sub = "Load files", "· nothing on any page changes before you publish"
    if job is not None and job.running:
        return f"{load_job.KINDS[job.kind]} is running; you may look at other pages meanwhile", bold, sub
    if not staged.begun:
        return "Drag files in: those loaded last stay, a file of the same name replaces them", bold, sub
    files = words.count(len(staged.files()), "file").capitalize()
    if result is None:
        mapped = (
            "with a proposed mapping: read it, correct it, save it"
            if look and look.proposed
            else "to be checked"
        )
        return f"{files} {mapped}", bold, sub
    errors = [f for f in result.findings if f.severity == "error"]
    if errors:
        where = words.count(len({f.file for f in errors}), "file")
        return (
            f"The dry run found {words.count(len(errors), 'error')} in {where}; nothing was loaded",
            bold,
            sub,
        )
    warned = words.count(len(result.findings), "warning")
    return f"{files} can be published, with {warned}", bold, sub


def _files(staged: Staged, look: Look | None) -> None:
    parts.panel(
        "1  Files", "CSV, CSV.GZ, XLSX and Parquet, up to 25 MB each; larger ones by command: siop load"
    )
    run = st.session_state.setdefault(_UPLOADS, 0)
    given = st.file_uploader(
        "Drag files here", type=TYPES, accept_multiple_files=True, key=f"siop_upload_{run}", label_visibility="collapsed"
    )  # fmt: skip
    if given:
        for upload in given:
            try:
                staged.put(upload.name, upload.getvalue())
            except Refused as error:
                st.session_state.setdefault(_SAID, []).append(str(error))
        st.session_state[_UPLOADS] = run + 1  # an empty box again: what was taken is in the list
        st.rerun()
    if not staged.begun:
        if st.button("Correct the mapping of the files loaded last"):
            staged.begin()
            st.rerun()
        return
    unused = {u["file"] for u in look.unused} if look else set()
    rows = [
        {"name": f.name, "state": f.state, "size": f"{f.bytes / 1e6:,.2f} MB", "title": f.name,
         "second": "not in the mapping yet" if f.name in unused else None}
        for f in staged.files()
    ]  # fmt: skip
    columns = [html.text("File", "name", second="second", strong=True), html.text("Compared with the last load", "state", wide=True),
               html.Column("Size", lambda r: html.e(r["size"]), numeric=True, wide=True), html.buttons("name", [("drop", "Take out")])]  # fmt: skip
    clicked = parts.clickable(html.table(columns, rows, caption="Files to load", dense=True), "staged_files")
    if clicked:
        staged.drop(clicked.partition(":")[2])
        st.rerun()
    if st.button("Start over", help="Forget these files; those loaded last stay as they are"):
        staged.discard()
        load_job.forget(str(staged.folder))
        st.rerun()


def _dry_run(
    at: Here, staged: Staged, key: str, job: load_job.Job | None, result: Check | None, look: Look | None
) -> None:
    parts.panel("3  Dry run", "Everything of a load but the publishing: what is wrong, where, and what to do")
    if job is not None and job.running:
        load_job.bar(key)
        return
    if not staged.begun:
        parts.empty("Nothing to check yet", "Drag a file in. A bad file is refused whole, with file, row, column and the fix.")  # fmt: skip
        return
    if (
        job is not None
        and job.future is not None
        and job.kind == "check"
        and job.future.exception() is not None
    ):
        parts.banner(str(job.future.exception()))
    begin = partial(load_job.start, key, about=_signature(staged))
    ready = look is not None and look.mapping is not None and not look.proposed
    if result is None or not result.ok:
        if not ready:
            parts.notes(["Save the mapping first: nothing is loaded by a guess."])
        if st.button("Check the files", type="primary", disabled=not ready):
            folder, who, service = staged.folder, at.identity, at.service
            begin("check", call=lambda told: loads.check_files(service, who, folder, told))
            st.rerun()
    if result is None:
        return
    findings(result.findings)
    if result.ok:
        _read(result)
        st.space(24)
        parts.panel("4  Publish", "All pages move to the new snapshot at once; the present one is kept")
        if st.button("Publish", type="primary"):
            who, service, folder = at.identity, at.service, at.workspace.snapshots
            begin("publish", call=lambda told: loads.load_staged(service, who, staged, folder, told))
            st.rerun()


def findings(found: Sequence[Finding]) -> None:
    """The findings, filtered by file and rule; all of the filter can be downloaded."""
    if not found:
        parts.notes(["No finding: every row was read as the mapping says."])
        return
    left, middle, right = st.columns([1, 1, 1], vertical_alignment="bottom")
    file = left.selectbox("File", [ALL_FILES, *sorted({f.file for f in found})], key="finding_file")
    rule = middle.selectbox("Rule", [ALL_RULES, *sorted({f.rule for f in found})], key="finding_rule")
    kept = [f for f in found if file in (ALL_FILES, f.file) and rule in (ALL_RULES, f.rule)]
    right.download_button("Download", findings_csv(kept), "findings.csv", "text/csv", on_click="ignore")
    rows = [
        {**f.as_dict(), "where": ", ".join(f"{n} {v}" for n, v in (("sheet", f.sheet), ("row", f.row), ("column", f.column)) if v is not None),
         "said": f"{f.message}{f' ({f.value})' if f.value is not None else ''}"}
        for f in kept[:SHOWN]
    ]  # fmt: skip
    columns = [html.text("Where", "file", second="where", strong=True), html.text("What, and what to do", "said", second="fix"),
               html.text("Rule", "rule", second="severity", wide=True)]  # fmt: skip
    parts.still(html.table(columns, rows, caption="Findings of the dry run", dense=True))
    if len(kept) > SHOWN:
        parts.notes([f"The first {SHOWN} of {len(kept):,}; the download has all."])


def _read(result: Check) -> None:
    """What would be loaded: rows and exact totals per table."""
    st.space(16)
    parts.panel("What would be loaded", "Rows after summing repeats; totals as exact decimals of the files")
    rows: list[dict[str, Any]] = [
        {"table": name, "rows": told["rows"], "read": told.get("rows_read"),
         "sums": ", ".join(f"{c} {v}" for c, v in told["sums"].items()) or None}
        for name, told in result.tables.items()
    ]  # fmt: skip
    columns = [html.text("Table", "table", second="sums", strong=True), html.amount("Rows read", "read", 1, 0, wide=True),
               html.amount("Rows", "rows", 1, 0)]  # fmt: skip
    parts.still(html.table(columns, rows, caption="What would be loaded", dense=True))
