"""The store keeps its promises, on SQLite and on PostgreSQL: one suite for both."""

from __future__ import annotations

import json
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from siop.core import Refused, StaleForm
from siop.ledger import Ledger, New, NotSaved, payload_of
from siop.ledger import engine as engine_module
from tests.ledger.examples import GOOD
from tests.ledger.servers import Postgres


def decision(ident: str, question: str = "Second shift?") -> Any:
    return payload_of("decision", {**GOOD["decision"], "id": ident, "question": question})


class StoreSuite(ABC):
    """What every store must do. `make` opens the same ledger again when called again."""

    @pytest.fixture
    def make(self, tmp_path: Path) -> Iterator[Callable[..., Ledger]]:
        opened: list[Ledger] = []
        url = self.url(tmp_path)

        def open_again(**more: Any) -> Ledger:
            opened.append(Ledger(url, keys=tmp_path / "keys", **more))
            return opened[-1]

        yield open_again
        for ledger in opened:
            ledger.close()

    @abstractmethod
    def url(self, folder: Path) -> str:
        """Where this store's ledger lies."""

    def test_every_type_is_stored_chained_and_read_again(self, make):
        ledger = make()
        receipts = [
            ledger.append(
                payload_of(kind, GOOD[kind]), by="ann", cycle="2026-03", snapshot="S1", auth="password"
            )
            for kind in GOOD
        ]
        assert [r.seq for r in receipts] == list(range(1, len(GOOD) + 1))
        again = make()
        entries = again.entries()
        assert [e.payload for e in entries] == [payload_of(kind, GOOD[kind]) for kind in GOOD]
        assert [e.prev for e in entries] == ["0" * 64, *(e.hash for e in entries[:-1])]
        assert {(e.by, e.capacity, e.cycle, e.snapshot, e.auth) for e in entries} == {
            ("ann", "self", "2026-03", "S1", "password")
        }
        assert not any(e.imported for e in entries)
        found = again.verify(receipts=[r.as_dict() for r in receipts])
        assert (found["ok"], found["entries"], found["head"]) == (True, len(GOOD), receipts[-1].hash)
        assert again.id == ledger.id
        assert again.state().decisions["d1"].question == "Second shift in April?"

    def test_types_and_until(self, make):
        ledger = make()
        for n in range(4):
            ledger.append(decision(f"d{n}"), by="ann")
            ledger.append(payload_of("comment", GOOD["comment"]), by="ann")
        assert len(ledger.entries(["decision"])) == 4
        assert [e.seq for e in ledger.entries(["comment"], until=5)] == [2, 4]
        assert ledger.entries(until=datetime(2020, 1, 1, tzinfo=UTC)) == []

    def test_the_same_form_twice_is_one_entry(self, make):
        ledger = make()
        one = ledger.append(decision("d1"), by="ann", idem="form-7")
        two = make().append(decision("d1"), by="ann", idem="form-7")
        assert one == two
        assert ledger.head().seq == 1
        with pytest.raises(Refused, match="entry 1"):
            ledger.append(decision("d1", "Third shift?"), by="ann", idem="form-7")
        with pytest.raises(Refused):
            ledger.append(decision("d1"), by="bob", idem="form-7")
        assert ledger.head().seq == 1

    def test_a_stale_form_is_refused_with_who_and_which_entry(self, make):
        ledger = make()
        ledger.append(decision("d1"), by="ann", expected={"decision:d1": 0})
        seen = ledger.last_about("decision:d1", "decision:d2")
        assert seen == {"decision:d1": 1, "decision:d2": 0}
        ledger.append(decision("d1", "Third shift?"), by="bob", expected={"decision:d1": 1})
        with pytest.raises(StaleForm) as stale:
            ledger.append(decision("d1", "Fourth?"), by="ann", expected={"decision:d1": 1})
        assert (stale.value.by, stale.value.entry) == ("bob", 2)
        assert ledger.head().seq == 2

    def test_many_are_saved_whole_or_not_at_all(self, make):
        ledger = make()
        ledger.append(decision("d1"), by="ann")
        items = [New(payload=decision(f"e{n}"), by="ann") for n in range(3)]
        items.append(New(payload=decision("d1"), by="ann", expected={"decision:d1": 0}))
        with pytest.raises(StaleForm):
            ledger.append_many(items)
        assert ledger.head().seq == 1
        assert ledger.verify()["ok"]
        assert [r.seq for r in ledger.append_many(items[:3])] == [2, 3, 4]

    @pytest.mark.parametrize(
        "change",
        ["UPDATE entries SET type = 'risk'", "DELETE FROM entries", "DELETE FROM entries WHERE seq = 1"],
    )
    def test_the_table_refuses_update_and_delete(self, make, change):
        ledger = make()
        ledger.append(decision("d1"), by="ann")
        with pytest.raises(DBAPIError, match="append-only"), ledger._engine.begin() as connection:
            connection.execute(text(change))
        assert ledger.verify()["ok"]

    def test_any_words_survive(self, make):
        ledger = make()
        said = (
            "=1+1\t'; DROP TABLE entries; --\n<script>\u202eabc 😀 \ufffe Größe\u0301 \\u0000 \x7f".replace(
                "\x7f", ""
            )
        )
        ledger.append(payload_of("comment", {**GOOD["comment"], "text": said}), by="Ann O'Hara", idem="'\"")
        again = make()
        assert again.state().comments[0].text == again.entries()[0].payload.as_json()["text"]
        assert "DROP TABLE" in again.state().comments[0].text
        assert again.verify()["ok"]

    def test_fifty_at_once_lose_nothing_and_double_nothing(self, make):
        ledgers = [make(), make()]  # two processes would each have their own connections
        done: list[int] = []
        told: list[StaleForm] = []
        changes: dict[str, list[tuple[int, int]]] = {}
        failed: list[BaseException] = []

        def work(number: int) -> None:
            ledger = ledgers[number % 2]
            try:
                for step in range(4):
                    subject = f"decision:shared{number % 5}"
                    seen = ledger.last_about(subject)
                    try:
                        first = ledger.append(
                            decision(f"shared{number % 5}", f"{number}/{step}"),
                            by=f"p{number}", expected=seen, idem=f"i{number}/{step}",
                        )  # fmt: skip
                        twice = ledger.append(
                            decision(f"shared{number % 5}", f"{number}/{step}"),
                            by=f"p{number}", expected=seen, idem=f"i{number}/{step}",
                        )  # fmt: skip
                        assert first == twice
                        done.append(first.seq)
                        changes.setdefault(subject, []).append((first.seq, seen[subject]))
                    except StaleForm as stale:
                        told.append(stale)
                    sign = {**GOOD["sign_off"], "person": f"p{number}"}
                    done.append(
                        ledger.append(
                            payload_of("sign_off", sign), by=f"p{number}", idem=f"s{number}/{step}"
                        ).seq
                    )
            except BaseException as error:  # noqa: BLE001 - handed to the main thread
                failed.append(error)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failed, failed[:3]
        entries = ledgers[0].entries()
        assert sorted(done) == [e.seq for e in entries] == list(range(1, len(entries) + 1))
        assert len(done) + len(told) == 50 * 4 * 2
        assert told, "nobody met anybody: the test did not test"
        for made in changes.values():  # no silent overwrite: whoever changed it had seen the change before
            made.sort()
            assert [seen for _, seen in made] == [0, *(seq for seq, _ in made[:-1])]
        assert max(Counter(e.idem for e in entries).values()) == 1
        assert ledgers[1].verify()["ok"]

    def test_a_clock_set_back_is_told_and_loses_nothing(self, make):
        now = [datetime(2026, 3, 20, 12, tzinfo=UTC)]
        ledger = make(clock=lambda: now[0])
        ledger.append(decision("d1"), by="ann")
        now[0] -= timedelta(seconds=2)
        ledger.append(decision("d2"), by="ann")
        assert ledger.verify()["warnings"] == []
        now[0] -= timedelta(hours=3)
        ledger.append(decision("d3"), by="ann")
        now[0] += timedelta(days=400)
        ledger.append(decision("d1", "Third shift?"), by="ann")
        found = ledger.verify()
        assert found["ok"]
        assert len(found["warnings"]) == 1
        assert "entry 3" in found["warnings"][0]
        assert ledger.state().decisions["d1"].question == "Third shift?"

    def test_checkpoint_and_receipt_catch_a_removed_tail(self, make):
        ledger = make()
        receipts = [ledger.append(decision(f"d{n}"), by="ann") for n in range(5)]
        kept = ledger.checkpoint()
        assert (kept.size, kept.head) == (5, receipts[-1].hash)
        self.tamper(ledger, "DELETE FROM entries WHERE seq = 5")
        fresh = make()
        found = fresh.verify()
        assert not found["ok"]
        assert found["first_bad"]["seq"] == 5
        assert [one["ok"] for one in found["checkpoints"]] == [False, False]
        assert "has 4 entries, but had 5" in str(fresh.rolled_back())
        for path in fresh.checkpoints.path.glob("*.json"):
            path.unlink()
        assert fresh.rolled_back() is None
        assert fresh.verify()["ok"], "without a checkpoint the removal of the tail cannot be seen"
        found = fresh.verify(receipts=[receipts[-1].as_dict()])
        assert found["first_bad"] == {"seq": 5, "reason": "is missing: there is a receipt for entry 5"}
        assert not fresh.verify(checkpoints=[kept.as_dict()])["ok"]

    @pytest.mark.parametrize(
        "column",
        ["type", "at", "by", "capacity", "cycle", "subject", "idem", "prev", "hash", "signature", "body"],
    )
    def test_a_changed_byte_of_any_column_names_the_entry(self, make, column):
        ledger = make()
        for n in range(4):
            ledger.append(decision(f"d{n}"), by="ann", cycle="2026-03")
        self.tamper(
            ledger,
            f'UPDATE entries SET "{column}" = substr("{column}", 1, 2) || chr(47) || substr("{column}", 4)'
            " WHERE seq = 3",
        )
        found = make().verify()
        assert found["first_bad"]["seq"] == 3, found
        assert not found["ok"]

    def test_a_changed_mark_of_the_import_names_the_entry(self, make):
        ledger = make()
        ledger.append_many([New(payload=decision("d1"), by="ann"), New(payload=decision("d2"), by="ann")])
        self.tamper(ledger, "UPDATE entries SET imported = NOT imported WHERE seq = 2")
        assert make().verify()["first_bad"]["seq"] == 2

    def test_without_its_key_a_ledger_is_neither_trusted_nor_written(self, make, tmp_path):
        ledger = make()
        ledger.append(decision("d1"), by="ann")
        (tmp_path / "keys").rename(tmp_path / "elsewhere")
        lonely = make()
        found = lonely.verify()
        assert not found["ok"]
        assert "no public key" in found["first_bad"]["reason"]
        with pytest.raises(NotSaved, match="put the folder keys back"):
            lonely.append(decision("d2"), by="ann")
        assert not (tmp_path / "keys").exists()
        (tmp_path / "elsewhere").rename(tmp_path / "keys")
        assert make().append(decision("d2"), by="ann").seq == 2
        assert make().verify()["ok"]

    def test_the_key_is_made_once_and_is_the_owners(self, make, tmp_path):
        made: list[Ledger] = []
        threads = [threading.Thread(target=lambda: made.append(make())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({ledger.public for ledger in made}) == 1
        assert len({ledger.id for ledger in made}) == 1
        files = sorted(path.name for path in (tmp_path / "keys").iterdir())
        assert files == ["ledger-ed25519.key", "ledger-ed25519.pub"]
        assert (tmp_path / "keys" / "ledger-ed25519.key").stat().st_mode & 0o77 == 0
        for number, ledger in enumerate(made):
            ledger.append(decision(f"d{number}"), by="ann")
        assert made[0].verify()["ok"]

    def test_a_late_history_takes_its_place(self, make):
        ledger = make()
        ledger.append(payload_of("person", {**GOOD["person"], "role": "chair"}), by="ann")
        assert ledger.state().people["ann"].permission == "chair"
        early = datetime(2020, 1, 1, tzinfo=UTC)
        old = payload_of("person", {**GOOD["person"], "role": "viewer", "name": "Ann as she was"})
        ledger.append_many([New(payload=old, by="ann", at=early, imported=True)])
        assert ledger.state().people["ann"].permission == "chair"
        assert ledger.state().entries == 2

    def test_a_damaged_entry_is_refused_in_words(self, make):
        ledger = make()
        ledger.append(decision("d1"), by="ann")
        self.tamper(ledger, "UPDATE entries SET body = substr(body, 1, 40) WHERE seq = 1")
        with pytest.raises(Refused, match="ledger verify"):
            make().state()

    def test_export_lines_are_what_was_hashed(self, make, tmp_path):
        ledger = make()
        for n in range(3):
            ledger.append(decision(f"d{n}"), by="ann")
        assert ledger.export_file(tmp_path / "out.jsonl") == 3
        lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
        assert [line["seq"] for line in lines] == [1, 2, 3]
        assert lines[0].keys() >= {"type", "at", "by", "capacity", "payload", "prev", "hash", "signature"}
        whole = ledger.export()
        assert whole["entries"] == lines
        assert whole["head"] == ledger.head().hash
        assert whole["public_key"] == ledger.public

    @abstractmethod
    def tamper(self, ledger: Ledger, statement: str) -> None:
        """As an administrator of the database would: guards off, change, guards on."""


class TestSqlite(StoreSuite):
    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder}/ledger.sqlite"

    def tamper(self, ledger: Ledger, statement: str) -> None:
        with ledger._engine.begin() as connection:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER entries_no_{verb}"))
            connection.execute(text(statement.replace("chr(", "char(")))

    def test_wal_and_full_are_asserted(self, tmp_path, monkeypatch):
        ledger = Ledger(self.url(tmp_path))
        with ledger._engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        ledger.close()
        # a SQLite that would not do as it is told: asked for more than it can give
        monkeypatch.setitem(engine_module.PRAGMAS, "synchronous", 7)
        with pytest.raises(Refused, match="synchronous"):
            Ledger(self.url(tmp_path))

    def test_a_ledger_in_memory_or_elsewhere_is_refused(self):
        for url in ("sqlite://", "sqlite:///:memory:"):
            with pytest.raises(Refused, match="lost"):
                Ledger(url)

    def test_a_reader_never_waits_for_a_writer(self, make):
        ledger = make()
        ledger.append(decision("d1"), by="ann")
        with ledger._engine.begin() as connection:
            connection.execute(text("SELECT 1"))  # BEGIN IMMEDIATE: the write lock is held
            assert make().head().seq == 1

    def test_a_busy_ledger_says_that_nothing_was_saved(self, make, monkeypatch):
        monkeypatch.setitem(engine_module.PRAGMAS, "busy_timeout", 50)
        ledger, other = make(), make()
        with other._engine.begin() as connection:
            connection.execute(text("SELECT 1"))
            with pytest.raises(NotSaved, match="busy"):
                ledger.append(decision("d1"), by="ann")
        assert ledger.append(decision("d1"), by="ann").seq == 1


class TestPostgres(StoreSuite):
    @pytest.fixture(autouse=True)
    def _server(self, postgres: Postgres) -> None:
        self.fresh = postgres.fresh_url()

    def url(self, folder: Path) -> str:
        return self.fresh

    def tamper(self, ledger: Ledger, statement: str) -> None:
        with ledger._engine.begin() as connection:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER ALL"))
            connection.execute(text(statement))

    def test_truncate_is_refused_too(self, make):
        ledger = make()
        ledger.append(decision("d1"), by="ann")
        with pytest.raises(DBAPIError, match="append-only"), ledger._engine.begin() as connection:
            connection.execute(text("TRUNCATE entries"))
        assert ledger.head().seq == 1


def test_other_databases_are_refused():
    with pytest.raises(Refused, match="mysql"):
        Ledger("mysql://u@h/d")
