"""The ledger: append, read, verify, export, import, checkpoint. The only writer of the table `entries`."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from siop.core import NotFound, Refused
from siop.ledger.accounts import Accounts
from siop.ledger.canonical import START
from siop.ledger.checkpoint import HEAD, Checkpoint, CheckpointFolder, Receipt
from siop.ledger.compose import New, Place, receipt_of, row_of
from siop.ledger.drafts import Drafts
from siop.ledger.engine import open_engine, reading, writing
from siop.ledger.entries import Payload, moment_text, parse_moment
from siop.ledger.entries.base import plain_text
from siop.ledger.entry import SELF, Entry
from siop.ledger.errors import NotSaved
from siop.ledger.history import Imported, read_history
from siop.ledger.lookups import Head, check_expected, entry_of, head_of, last_about, written_at
from siop.ledger.rows import line_of, read_rows
from siop.ledger.sessions import Sessions
from siop.ledger.signing import Signer, has_key, public_key
from siop.ledger.state import State
from siop.ledger.tables import ENTRIES, META, are_made, make
from siop.ledger.verify import verify
from siop.ledger.views import Folding

JITTER = timedelta(seconds=5)
"""A clock that is set back by less keeps the time of the last entry."""


class Ledger:
    """One company's ledger. Safe to share between threads; several processes may have it open."""

    def __init__(
        self,
        url: str,
        keys: Path | None = None,
        checkpoints: Path | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """Open the ledger at `url`, made where there is none.

        Args:
            url: `sqlite:////FILE` or `postgresql://USER@HOST/DATABASE`.
            keys: folder of the signing key, made where there is none; without it nothing is signed.
            checkpoints: folder of the checkpoints; default `checkpoints` beside `keys`.
            clock: the time in UTC, for tests.

        Raises: Refused where the database cannot be used or cannot keep its promises.
        """
        self.url = url
        self._engine = open_engine(url)
        self._clock = clock or (lambda: datetime.now(UTC))
        self._keys = keys
        folder = checkpoints or (keys.parent / "checkpoints" if keys else None)
        self.checkpoints = CheckpointFolder(folder) if folder else None
        self.checkpoint_error: str | None = None
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._known: list[Entry] = []
        self._folded: State | None = None
        self._folding, self._taken = Folding(), 0
        self.id = self._open()
        # a key is made with the ledger, not for one that was signed with another
        self._signer = Signer(keys) if keys and (has_key(keys) or not self._is_signed()) else None
        self.accounts = Accounts(self._engine, self._clock)
        self.sessions = Sessions(self._engine, self._clock)
        self.drafts = Drafts(self._engine, self._clock)

    def _open(self) -> str:
        with reading(self._engine) as connection:
            made = are_made(connection)
        if not made:
            with writing(self._engine) as connection:
                make(connection)
                if connection.scalar(select(META.c.value).where(META.c.key == "ledger")) is None:
                    connection.execute(insert(META), {"key": "ledger", "value": uuid.uuid4().hex})
        with reading(self._engine) as connection:
            return str(connection.execute(select(META.c.value).where(META.c.key == "ledger")).scalar_one())

    def _is_signed(self) -> bool:
        with reading(self._engine) as connection:
            first = connection.scalar(select(ENTRIES.c.signature).order_by(ENTRIES.c.seq).limit(1))
        return bool(first)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()

    # -- writing ---------------------------------------------------------------------------------------

    def append(
        self,
        payload: Payload,
        *,
        by: str,
        capacity: str = SELF,
        cycle: str | None = None,
        snapshot: str | None = None,
        auth: str | None = None,
        idem: str | None = None,
        expected: Mapping[str, int] | None = None,
    ) -> Receipt:
        """Append one entry; returns once it is on the disk. See `New` for the arguments.

        Raises: StaleForm where somebody wrote about an expected subject since; NotSaved where the database
        could not write; Refused where `idem` was used for something else.
        """
        new = New(
            payload=payload,
            by=by,
            capacity=capacity,
            cycle=cycle,
            snapshot=snapshot,
            auth=auth,
            idem=idem,
            expected=expected or {},
        )
        return self.append_many([new])[0]

    def append_many(self, items: Sequence[New]) -> list[Receipt]:
        """Append all of them in one transaction, or none. Raises as `append`."""
        if self._keys is not None and self._signer is None:
            raise NotSaved(
                "the key that signs this ledger is missing; put the folder keys back from a backup"
            )
        with self._write_lock, writing(self._engine) as connection:
            receipts = self._append(connection, items)
        if receipts:
            self._keep_head(max(receipts, key=lambda receipt: receipt.seq))
        return receipts

    def receipt(self, idem: str) -> Receipt | None:
        """The receipt of the entry that a form's key made, or None where it made none yet."""
        with reading(self._engine) as connection:
            row = connection.execute(select(ENTRIES).where(ENTRIES.c.idem == idem)).mappings().first()
        return None if row is None else receipt_of(dict(row), self.id, self._signer)

    def receipt_of(self, seq: int) -> Receipt:
        """The receipt of an entry by its number. Raises NotFound."""
        with reading(self._engine) as connection:
            row = connection.execute(select(ENTRIES).where(ENTRIES.c.seq == seq)).mappings().first()
        if row is None:
            raise NotFound(f"there is no entry {seq}")
        return receipt_of(dict(row), self.id, self._signer)

    def token(self, *words: str) -> str:
        """A text that stands for `words` and tells nobody which they were, without the ledger's key."""
        return self._signer.token("\x00".join(words)) if self._signer else uuid.uuid4().hex

    def _append(self, connection: Connection, items: Sequence[New]) -> list[Receipt]:
        head, written = head_of(connection), written_at(connection)
        now = parse_moment(self._clock())
        if written is not None and written - JITTER <= now < written:
            now = written
        seq, prev = head.seq, head.hash
        rows: list[dict[str, Any]] = []
        receipts: list[Receipt] = []
        fresh: dict[str, int] = {}
        for item in items:
            by = plain_text(item.by, lines=False)
            known = self._already(connection, item, by)
            if known is not None:
                receipts.append(known)
                continue
            for subject, seen in item.expected.items():
                if subject not in fresh:
                    check_expected(connection, subject, seen)
            seq += 1
            row = row_of(item, by, Place(self.id, seq, prev, now), self._signer)
            rows.append(row)
            prev = row["hash"]
            fresh[row["subject"]] = seq
            receipts.append(receipt_of(row, self.id, self._signer))
        if rows:
            connection.execute(insert(ENTRIES), rows)
        return receipts

    def _already(self, connection: Connection, item: New, by: str) -> Receipt | None:
        """The receipt of the entry that the same form made before."""
        if item.idem is None:
            return None
        found = connection.execute(select(ENTRIES).where(ENTRIES.c.idem == item.idem)).mappings().first()
        if found is None:
            return None
        body = json.loads(found["body"])
        same = (body["type"], body["by"], body["payload"]) == (item.payload.TYPE, by, item.payload.as_json())
        if not same:
            raise Refused(
                f"this form was already saved as entry {found['seq']} with other words; open it again"
            )
        return receipt_of(dict(found), self.id, self._signer)

    def _keep_head(self, receipt: Receipt) -> None:
        """The entry is saved; that its checkpoint could not be kept is told by `verify`, not by an error."""
        if self.checkpoints is None:
            return
        try:
            self.checkpoints.write(receipt.checkpoint, HEAD)
            self.checkpoint_error = None
        except OSError as error:
            self.checkpoint_error = f"the checkpoint of entry {receipt.seq} could not be kept: {error}"

    def checkpoint(self) -> Checkpoint:
        """Sign and keep the state of the ledger as of now. Raises NotSaved where the disk refuses."""
        head = self.head()
        made = Checkpoint(self.id, head.seq, head.hash, moment_text(parse_moment(self._clock())))
        made = made.signed(self._signer)
        if self.checkpoints is not None:
            try:
                self.checkpoints.write(made)
            except OSError as error:
                raise NotSaved(f"the checkpoint could not be kept: {error}") from error
        return made

    # -- reading ---------------------------------------------------------------------------------------

    def head(self) -> Head:
        """The last entry."""
        with reading(self._engine) as connection:
            return head_of(connection)

    def last_about(self, *subjects: str) -> dict[str, int]:
        """{subject: number of the last entry about it, 0 for none}: what a form hands back as `expected`."""
        with reading(self._engine) as connection:
            return {subject: last_about(connection, subject)[0] for subject in subjects}

    def entries(self, types: Iterable[str] | None = None, until: int | datetime | None = None) -> list[Entry]:
        """The entries in order; of some types, up to a number or a time (included)."""
        with self._read_lock:
            self._refresh()
            known = self._known
        wanted = set(types) if types is not None else None
        found = []
        for entry in known:
            if wanted is not None and entry.type not in wanted:
                continue
            if until is not None and (entry.seq if isinstance(until, int) else entry.at) > until:  # type: ignore[operator]
                continue
            found.append(entry)
        return found

    def state(self) -> State:
        """What is so now; folded again only when something was said."""
        with self._read_lock:
            self._refresh()
            if self._folded is None:
                fresh = self._known[self._taken :]
                if not self._folding.take(fresh):
                    self._folding = Folding()
                    self._folding.take(self._known)
                self._taken = len(self._known)
                self._folded = self._folding.state()
            return self._folded

    def _refresh(self) -> None:
        """Read what was appended since; what was read before cannot have changed unseen by `verify`."""
        after = self._known[-1].seq if self._known else 0
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(ENTRIES.c.body, ENTRIES.c.hash, ENTRIES.c.signature)
                .where(ENTRIES.c.seq > after)
                .order_by(ENTRIES.c.seq)
            ).all()
        if rows:
            self._known = [*self._known, *(entry_of(b, h, s) for b, h, s in rows)]
            self._folded = None

    # -- proof -----------------------------------------------------------------------------------------

    @property
    def public(self) -> str | None:
        """The public key that signs this ledger, as hex."""
        return public_key(self._keys) if self._keys else None

    def verify(
        self, receipts: Iterable[Mapping[str, Any]] = (), checkpoints: Iterable[Mapping[str, Any]] = ()
    ) -> dict[str, Any]:
        """Whether anything was changed, as contract.md section 2 prints it.

        Args: receipts and checkpoints that were kept elsewhere, as their JSON.
        Returns: {"ok", "entries", "head", "first_bad": {"seq", "reason"} or None, "checkpoints": [...],
            "warnings": [...]}.
        """
        found = verify(
            self._engine, self.id, self.public, self.checkpoints, receipts, checkpoints,
            key_wanted=self._keys is not None,
        )  # fmt: skip
        if self.checkpoint_error:
            found["warnings"].append(self.checkpoint_error)
        return found

    def rolled_back(self) -> str | None:
        """Why this ledger is not the one of its newest checkpoint; None where it is. Cheap: for the start of the app.

        A backup that was restored silently would take decisions away; whoever sees this compares first.
        """
        head = self.head()
        for name, kept in self.checkpoints.read() if self.checkpoints else []:
            if kept is None:
                continue
            if kept.ledger != self.id:
                return f"The checkpoint {name} is of another ledger than this one."
            if kept.size > head.seq:
                return (
                    f"The ledger has {head.seq} entries, but had {kept.size} on {kept.at[:10]} (checkpoint {name}). "
                    "A backup may have been restored: compare before going on."
                )
        return None

    def export(self) -> dict[str, Any]:
        """All of it as one JSON object; `entries` are the lines of `export_lines`."""
        lines = [json.loads(line) for line in self.export_lines()]
        kept = self.checkpoints.read() if self.checkpoints else []
        return {
            "ledger": self.id,
            "entries": lines,
            "head": lines[-1]["hash"] if lines else START,
            "public_key": self.public,
            "checkpoints": [{"file": name, **c.as_dict()} for name, c in kept if c is not None],
        }

    def export_lines(self) -> Iterator[str]:
        """One JSON text per entry: its body, its hash and its signature; `siop/ledger/verifier.py` reads these.

        What the row says otherwise than its body stands under `row`, so that an export hides no change.
        """
        with reading(self._engine) as connection:
            for row in read_rows(connection):
                yield line_of(row)

    def import_file(
        self, path: Path, plan_hashes: Mapping[str, str] | None = None, snapshot: str | None = None
    ) -> Imported:
        """Take in a history, whole or not at all; lines that were taken in before are counted and left.

        Args:
            path: JSON lines as contract.md section 3 writes them, UTF-8.
            plan_hashes: {version: hash} of the current snapshot, to bind sign-offs that name no hash; None
                where nothing was loaded.
            snapshot: the id of that snapshot.

        Raises: Refused with a finding for each bad line: its number, field, and what to do; NotSaved.
        """
        known = self.entries()
        loaded = plan_hashes if plan_hashes or snapshot is not None else None
        history = read_history(path, known, loaded, snapshot, parse_moment(self._clock()))
        receipts = self.append_many(history.items)
        return Imported(
            new=len(receipts),
            already=history.already,
            first=receipts[0].seq if receipts else None,
            last=receipts[-1].seq if receipts else None,
            warnings=history.warnings,
        )

    def export_file(self, path: Path) -> int:
        """Write the lines of `export_lines` to a file; returns how many."""
        lines = list(self.export_lines())
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return len(lines)
