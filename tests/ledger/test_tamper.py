"""Every kind of tampering is found by checkpoint, signature and receipt; no clean ledger is accused.

SIOP_TAMPER_SEEDS (default 2) and SIOP_CLEAN_LEDGERS (default 40) set the counts; the goals are 100 and 1,000.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from siop.ledger import Ledger, New, payload_of, verifier
from siop.ledger.entries import parse_moment
from siop.ledger.verify import verify
from tests.ledger import tamper
from tests.ledger.examples import GOOD, line
from tests.ledger.tamper import KINDS

SEEDS = int(os.environ.get("SIOP_TAMPER_SEEDS", "2"))
CLEAN = int(os.environ.get("SIOP_CLEAN_LEDGERS", "40"))


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/ledger.sqlite"


def open_ledger(folder: Path) -> Ledger:
    return Ledger(url(folder), keys=folder / "keys")


@dataclass
class Base:
    """A workspace with a kept checkpoint and newer entries, and what the signers took home."""

    folder: Path
    at_checkpoint: Path
    receipts: list[dict[str, Any]]
    checkpoint: dict[str, Any]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    folder = tmp_path_factory.mktemp("base")
    ledger = open_ledger(folder)
    imported = [line(kind) for kind in ("person", "tolerance", "risk")]
    receipts = ledger.append_many(
        [
            New(
                payload=payload_of(one["type"], one["payload"]),
                by="ann",
                at=parse_moment(one["at"]),
                imported=True,
            )
            for one in imported
        ]
    )
    for number in range(6):
        payload = payload_of("decision", {**GOOD["decision"], "id": f"d{number}"})
        receipts.append(ledger.append(payload, by="ann", cycle="2026-03", snapshot="S1"))
    checkpoint = ledger.checkpoint()
    ledger.close()
    before = tmp_path_factory.mktemp("before") / "copy"
    shutil.copytree(folder, before)
    ledger = open_ledger(folder)
    for kind in ("position", "sign_off", "publish"):
        receipts.append(ledger.append(payload_of(kind, GOOD[kind]), by="bob", cycle="2026-03"))
    ledger.close()
    return Base(folder, before, [r.as_dict() for r in receipts], checkpoint.as_dict())


@pytest.fixture
def copy(base: Base, tmp_path: Path) -> Path:
    shutil.copytree(base.folder, tmp_path / "w")
    return tmp_path / "w"


def both(base: Base, folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The product's finding and the stand-alone verifier's, with all that was kept outside."""
    ledger = open_ledger(folder)
    key = (base.folder / "keys" / "ledger-ed25519.pub").read_text().strip()
    ours = ledger.verify(receipts=base.receipts, checkpoints=[base.checkpoint])
    text = "".join(f"{one}\n" for one in ledger.export_lines())
    kept = [(p.name, _json(p)) for p in sorted((folder / "checkpoints").glob("*.json"))]
    kept.append(("kept", base.checkpoint))
    theirs = verifier.verify(verifier.read_lines(text), key, kept, base.receipts)
    ledger.close()
    return ours, theirs


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except ValueError:
        return None


# The export shows rows and kept files, not which ledger the database calls itself, nor which key lies beside it.
OURS_ALONE = {"of_another_ledger", "public_key_exchanged"}


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found_and_the_entry_is_named(base, copy, kind, seed):
    db = tamper.open_raw(copy / "ledger.sqlite")
    KINDS[kind](db, copy, random.Random(f"{kind}/{seed}"))
    db.close()
    ours, theirs = both(base, copy)
    assert not ours["ok"], kind
    assert ours["first_bad"]["reason"]
    if kind not in OURS_ALONE:
        assert not theirs["ok"], kind
        assert theirs["first_bad"]["seq"] == ours["first_bad"]["seq"], (kind, ours, theirs)
    if not kind.startswith("checkpoint"):
        assert ours["first_bad"]["seq"] is not None, ours


def test_there_are_enough_kinds():
    assert len(KINDS) >= 28


@pytest.mark.parametrize("seed", range(SEEDS * 5))
def test_a_changed_byte_of_the_file_is_found(base, copy, seed):
    rng = random.Random(seed)
    tamper.bytes_of_the_file(copy, rng)
    ours, _ = both(base, copy)
    assert not ours["ok"]
    assert ours["first_bad"]["seq"] is not None, ours


def test_rolling_back_to_the_last_checkpoint_is_found_by_receipts_alone(base, copy):
    tamper.rolled_back(copy, base.at_checkpoint)
    ledger = open_ledger(copy)
    assert ledger.verify()["ok"], "nothing on this disk can tell"
    found = ledger.verify(receipts=base.receipts)
    assert found["first_bad"]["seq"] == base.checkpoint["size"] + 1
    ledger.close()


def test_the_key_holder_is_caught_by_checkpoints_and_receipts_that_are_out_of_reach(base, copy):
    """Whoever holds the key can rewrite everything on this disk; not what others have taken away."""
    rng = random.Random(1)
    db = tamper.open_raw(copy / "ledger.sqlite")
    every = tamper.rows(db)
    tamper.rehash(every[4], tamper.other_words(every[4], rng))
    raw = bytes.fromhex((copy / "keys" / "ledger-ed25519.key").read_text().strip())
    tamper.rechain(every, tamper.Ed25519PrivateKey.from_private_bytes(raw))
    tamper.write(db, every)
    db.close()
    for path in (copy / "checkpoints").glob("*.json"):
        path.unlink()
    ledger = open_ledger(copy)
    assert ledger.verify()["ok"], "docs/ledger.md says so: this cannot be seen from here"
    assert ledger.verify(receipts=base.receipts)["first_bad"]["seq"] == 5
    assert ledger.verify(checkpoints=[base.checkpoint])["first_bad"]["seq"] == base.checkpoint["size"]
    ledger.close()


# Broken on purpose: what a chain alone does not see. If this set were empty, the tests above would prove nothing
# about signatures, checkpoints and receipts.
BEYOND_THE_CHAIN = {
    "newest_removed", "some_newest_removed", "all_removed", "rechained", "rechained_and_signed_by_another_key",
    "removed_and_rechained", "put_between_and_rechained", "backdated_and_rechained",
    "import_mark_removed_and_rechained", "forged_at_the_end", "forged_at_the_end_with_another_key",
    "signature_stripped", "signature_moved", "column_signature", "checkpoint_changed", "checkpoint_emptied",
    "public_key_exchanged",
}  # fmt: skip


def test_a_chain_alone_misses_what_it_must_miss(base, tmp_path):
    missed = set()
    for name, change in KINDS.items():
        folder = tmp_path / name
        shutil.copytree(base.folder, folder)
        db = tamper.open_raw(folder / "ledger.sqlite")
        change(db, folder, random.Random(name))
        db.close()
        ledger = open_ledger(folder)
        engine: Engine = ledger._engine
        if verify(engine, ledger.id, None, None)["ok"]:
            missed.add(name)
        ledger.close()
    assert missed == BEYOND_THE_CHAIN


def test_no_clean_ledger_is_accused_and_both_agree(tmp_path):
    """Ledgers of random size and content, with restarts, imports and checkpoints between."""
    for seed in range(CLEAN):
        rng = random.Random(seed)
        folder = tmp_path / str(seed)
        ledger = open_ledger(folder)
        receipts = []
        checkpoints = []
        for _ in range(rng.randrange(8)):
            kinds = rng.sample(list(GOOD), rng.randrange(1, 5))
            made = [
                New(payload=payload_of(k, GOOD[k]), by=rng.choice(["ann", "bob", "Zoë 北"]), cycle="2026-03",
                    at=parse_moment("2026-01-01") if old else None, imported=old)
                for k in kinds for old in [rng.random() < 0.2]
            ]  # fmt: skip
            receipts += ledger.append_many(made)
            if rng.random() < 0.3:
                checkpoints.append(ledger.checkpoint())
            if rng.random() < 0.3:
                ledger.close()
                ledger = open_ledger(folder)
        ours = ledger.verify(
            receipts=[r.as_dict() for r in receipts], checkpoints=[c.as_dict() for c in checkpoints]
        )
        assert ours["ok"], (seed, ours)
        assert ours["warnings"] == []
        theirs = verifier.verify(
            verifier.read_lines("".join(f"{one}\n" for one in ledger.export_lines())),
            ledger.public,
            [(str(n), c.as_dict()) for n, c in enumerate(checkpoints)],
            [r.as_dict() for r in receipts],
        )
        assert theirs["ok"], (seed, theirs)
        assert (theirs["entries"], theirs["head"]) == (ours["entries"], ours["head"])
        ledger.close()
        shutil.rmtree(folder)


def run_alone(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier copied away, by an interpreter that sees nothing but the standard library."""
    alone = folder / "verifier.py"
    shutil.copy(Path(verifier.__file__), alone)
    return subprocess.run(
        [sys.executable, "-I", "-S", str(alone), *arguments], capture_output=True, text=True, check=False
    )


def test_the_verifier_runs_alone(base, tmp_path):
    ledger = open_ledger(base.folder)
    ledger.export_file(tmp_path / "out.jsonl")
    (tmp_path / "out.json").write_text(json.dumps(ledger.export()))
    (tmp_path / "receipt.json").write_text(json.dumps(base.receipts[-1]))
    ledger.close()
    more = [
        "--key", str(base.folder / "keys" / "ledger-ed25519.pub"),
        "--checkpoint", str(base.folder / "checkpoints" / "head.json"),
        "--receipt", str(tmp_path / "receipt.json"),
    ]  # fmt: skip
    for name in ("out.jsonl", "out.json"):
        done = run_alone(tmp_path, str(tmp_path / name), *more)
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads(done.stdout)["entries"] == len(base.receipts)
    lines = (tmp_path / "out.jsonl").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "out.jsonl").write_text(
        "".join([*lines[:4], lines[4].replace("Second", "Third"), *lines[5:]])
    )
    done = run_alone(tmp_path, str(tmp_path / "out.jsonl"), *more)
    assert done.returncode == 1
    assert json.loads(done.stdout)["first_bad"]["seq"] == 5
    assert run_alone(tmp_path, str(tmp_path / "absent.jsonl")).returncode == 2


# RFC 8032, section 7.1, tests 1 to 3: key, message, signature
RFC8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "message", "signature"), RFC8032)
def test_the_verifiers_signatures_are_those_of_the_rfc(key, message, signature):
    public = verifier.Ed25519Key(bytes.fromhex(key))
    good, said = bytes.fromhex(signature), bytes.fromhex(message)
    assert public.signed(good, said)
    assert not public.signed(good, said + b"x")
    for place in (0, 31, 32, 63):
        bad = bytearray(good)
        bad[place] ^= 4
        assert not public.signed(bytes(bad), said)


def test_the_verifiers_signatures_agree_with_the_library():
    make: Callable[[], tamper.Ed25519PrivateKey] = tamper.Ed25519PrivateKey.generate
    for number in range(20):
        key = make()
        public = verifier.Ed25519Key(key.public_key().public_bytes_raw())
        message = os.urandom(number * 7)
        assert public.signed(key.sign(message), message)
        assert not public.signed(make().sign(message), message)
