"""Power cuts, I/O errors, full disks and kill -9, each in a process of its own. Prints one JSON object.

python -m tests.ledger.disk power CUTS [NORMAL]      simulated power cuts; NORMAL is the known-bad control
python -m tests.ledger.disk errors FIRST LAST STEP   an error at each write or sync from FIRST to LAST
python -m tests.ledger.disk full SIZES...            the file may not grow beyond SIZE bytes
python -m tests.ledger.disk kill ROUNDS [early]      kill -9; early is the known-bad control
"""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from siop.core import Refused
from siop.ledger import Ledger, NotSaved, payload_of, verified
from siop.ledger import engine as engine_module
from tests.ledger.examples import GOOD
from tests.ledger.vfs import FULL, IOERR_FSYNC, IOERR_WRITE, OK, Recorder

FILE = "ledger.sqlite"
SECTOR = 512


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/{FILE}"


def open_ledger(folder: Path) -> Ledger:
    return Ledger(url(folder), keys=folder / "keys")


def append(ledger: Ledger, number: int):
    payload = payload_of("decision", {**GOOD["decision"], "id": f"d{number}"})
    return ledger.append(payload, by="ann", idem=f"form-{number}")


def base(folder: Path, entries: int) -> None:
    """A ledger that is wholly on the disk."""
    ledger = open_ledger(folder)
    for number in range(1, entries + 1):
        append(ledger, number)
    ledger.close()


def scratch() -> Path:
    memory = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="siop-disk-", dir=memory if memory.is_dir() else None))


# -- power cuts ----------------------------------------------------------------------------------------------


def power(cuts: int, synchronous: str) -> dict:
    """Record the product's appends, then cut the power at random points.

    What was synced survives. Of what was written since, each write is kept, lost, or torn at a sector, in any
    combination: a disk may reorder what nobody waited for.
    """
    recorder = Recorder().install()
    folder = scratch()
    if synchronous == "NORMAL":
        engine_module.PRAGMAS["synchronous"] = 1
    base(folder, 2)
    start = {FILE: (folder / FILE).read_bytes()}
    recorder.recording = True
    ledger = open_ledger(folder)
    for number in range(3, 243):
        receipt = append(ledger, number)
        recorder.ops.append(("ack", receipt.seq, receipt.hash))
    recorder.recording = False
    ledger.close()
    kinds = {kind: sum(op[0] == kind for op in recorder.ops) for kind in ("write", "sync", "truncate", "ack")}
    rng = random.Random(1)
    lost = corrupt = 0
    places = sorted(rng.randrange(1, len(recorder.ops)) for _ in range(cuts))
    for number, (files, acknowledged) in enumerate(_surviving(start, recorder.ops, places, rng)):
        target = folder / "cut"
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for name, content in files.items():
            (target / name).write_bytes(content)
        state = _after_cut(target, acknowledged)
        lost, corrupt = lost + (state == "lost"), corrupt + (state == "corrupt")
        if number % 50 == 0 and state == "whole" and not verified(url(target))["ok"]:
            corrupt += 1
    shutil.rmtree(folder)
    return {
        "cuts": cuts,
        "lost": lost,
        "corrupt": corrupt,
        "checkpointed": _wrote(recorder.ops, FILE),
        **kinds,
    }


def _wrote(ops: list[tuple], name: str) -> bool:
    return any(op[0] == "write" and op[1] == name for op in ops)


def _surviving(start: dict[str, bytes], ops: list[tuple], places: list[int], rng: random.Random):
    """(files as they may be after a cut, {seq: hash} acknowledged by then), for each place."""
    durable = {name: bytearray(content) for name, content in start.items()}
    pending: dict[str, list[tuple]] = {}
    acknowledged: dict[int, str] = {}
    done = 0
    for place in places:
        for op in ops[done:place]:
            if op[0] == "ack":
                acknowledged[op[1]] = op[2]
            elif op[0] == "sync":
                content = durable.setdefault(op[1], bytearray())
                for waiting in pending.pop(op[1], []):
                    _apply(content, waiting)
            else:
                pending.setdefault(op[1], []).append(op)
        done = place
        files = {name: bytearray(content) for name, content in durable.items()}
        for name, waiting in pending.items():
            for op in waiting:
                luck = rng.random()
                if luck < 0.4:
                    continue
                if luck < 0.6 and op[0] == "write" and len(op[3]) > SECTOR:
                    keep = rng.randrange(1, len(op[3]) // SECTOR + 1) * SECTOR
                    op = (*op[:3], op[3][:keep])
                _apply(files.setdefault(name, bytearray()), op)
        yield {name: bytes(content) for name, content in files.items()}, dict(acknowledged)


def _apply(content: bytearray, op: tuple) -> None:
    if op[0] == "truncate":
        del content[op[2] :]
        return
    _, _, offset, data = op
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data


def _after_cut(folder: Path, acknowledged: dict[int, str]) -> str:
    try:
        db = sqlite3.connect(folder / FILE)
        try:
            if db.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                return "corrupt"
            have = dict(db.execute("SELECT seq, hash FROM entries"))
        finally:
            db.close()
    except sqlite3.DatabaseError:
        return "corrupt"
    return "whole" if acknowledged.items() <= have.items() else "lost"


# -- errors --------------------------------------------------------------------------------------------------


def errors(first: int, last: int, step: int) -> dict:
    """An I/O error or a full disk at the n-th write or sync: nothing acknowledged is lost, nothing is half."""
    recorder = Recorder().install()
    found = {"tried": 0, "said": 0, "lost": 0, "half": 0, "retried": 0, "words": set()}
    for n in range(first, last + 1, step):
        for code in (IOERR_WRITE, FULL, IOERR_FSYNC):
            folder = scratch()
            base(folder, 2)
            calls = [0]

            def fail(what: str, n: int = n, code: int = code, calls: list[int] = calls) -> int:
                calls[0] += 1
                return code if calls[0] >= n and (what == "sync") == (code == IOERR_FSYNC) else OK

            ledger = open_ledger(folder)
            recorder.fail = fail
            acknowledged, failed = {}, None
            for number in range(3, 60):
                try:
                    receipt = append(ledger, number)
                    acknowledged[receipt.seq] = receipt.hash
                except NotSaved as error:
                    failed = number
                    found["words"].add(error.why)
                    break
            recorder.fail = lambda what: OK
            found["tried"] += 1
            found["said"] += failed is not None
            if failed is not None:  # the disk is well again: the same form is saved once
                append(ledger, failed)
                append(ledger, failed)
                found["retried"] += ledger.head().seq == failed
            ledger.close()
            again = open_ledger(folder)
            have = {e.seq: e.hash for e in again.entries()}
            found["lost"] += not acknowledged.items() <= have.items()
            found["half"] += not again.verify()["ok"]
            again.close()
            shutil.rmtree(folder)
    return {**found, "words": sorted(found["words"])}


def full(sizes: list[int]) -> dict:
    """The files may not grow beyond a size: RLIMIT_FSIZE, as the kernel does it."""
    found = []
    for size in sizes:
        folder = scratch()
        base(folder, 2)
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            said = ""
            try:
                ledger = open_ledger(folder)
                for number in range(3, 400):
                    os.write(writer, f"{append(ledger, number).hash}\n".encode())
            except (NotSaved, Refused) as error:
                said = str(error)
            os.write(writer, f"!{said}\n".encode())
            os._exit(0)
        os.close(writer)
        lines = b"".join(iter(lambda fd=reader: os.read(fd, 65536), b"")).decode().splitlines()
        os.close(reader)
        os.waitpid(child, 0)
        ledger = open_ledger(folder)
        have = [e.hash for e in ledger.entries()][2:]
        acknowledged = [line for line in lines if not line.startswith("!")]
        whole = ledger.verify()["ok"]
        ledger.close()
        shutil.rmtree(folder)
        found.append(
            {"size": size, "acknowledged": len(acknowledged), "stored": len(have), "same": have == acknowledged,
             "whole": whole, "said": lines[-1][1:]}
        )  # fmt: skip
    return {"sizes": found}


# -- kill -9 -------------------------------------------------------------------------------------------------


def kill(rounds: int, early: bool) -> dict:
    """Kill the writer at a random moment, look whether everything it acknowledged is there, go on.

    early: a writer that acknowledges before it has saved; it must be caught.
    """
    folder = Path(tempfile.mkdtemp(prefix="siop-kill-"))
    base(folder, 1)
    rng = random.Random(os.urandom(8))
    acknowledged = lost = broken = 0
    for number in range(rounds):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            _write_until_killed(folder, writer, early)
        os.close(writer)
        first = os.read(reader, 1)  # it is writing now
        time.sleep(rng.uniform(0, 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        told = first + b"".join(iter(lambda fd=reader: os.read(fd, 65536), b""))
        os.close(reader)
        said = {int(seq): digest for seq, digest in (w.split() for w in told.decode().split("\n")[:-1])}
        db = sqlite3.connect(folder / FILE)
        have = dict(db.execute("SELECT seq, hash FROM entries"))
        db.close()
        acknowledged += len(said)
        lost += sum(have.get(seq) != digest and not (early and seq in have) for seq, digest in said.items())
        if number % 25 == 24 or number == rounds - 1:
            broken += not verified(url(folder), folder / "keys")["ok"]
            if len(have) > 2_000:  # start anew, or verifying would take all the time
                shutil.rmtree(folder)
                folder.mkdir()
                base(folder, 1)
    shutil.rmtree(folder)
    return {"rounds": rounds, "acknowledged": acknowledged, "lost": lost, "broken": broken}


def _write_until_killed(folder: Path, writer: int, early: bool) -> None:
    ledger = open_ledger(folder)
    while True:
        number = ledger.head().seq + 1
        if early:
            os.write(writer, f"{number} -\n".encode())
        receipt = append(ledger, number)
        if not early:
            os.write(writer, f"{receipt.seq} {receipt.hash}\n".encode())


def main(what: str, *more: str) -> dict:
    if what == "power":
        return power(int(more[0]), more[1] if len(more) > 1 else "FULL")
    if what == "errors":
        return errors(*map(int, more))
    if what == "full":
        return full([int(size) for size in more])
    return kill(int(more[0]), "early" in more)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
