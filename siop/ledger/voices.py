"""Who may sign for which function: one rule for the state that counts and for the import that warns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from siop.ledger.entry import DELEGATE


@dataclass(frozen=True, slots=True)
class StandIn:
    """`to` may sign for `giver` from `first` to `last`, both days included."""

    giver: str
    to: str
    first: date
    last: date


class Voices:
    """Whose function is whose."""

    def __init__(self, functions: Mapping[str, Iterable[str]], stand_ins: Iterable[StandIn]) -> None:
        """
        Args: functions: {person: every function they were ever declared with}, because a history may declare people
            late, and people move. Functions are compared whatever the case of their letters.
        """
        self._people = set(functions)
        self._of: dict[str, set[str]] = defaultdict(set)
        for person, names in functions.items():
            for name in names:
                self._of[name.casefold()].add(person)
        self._stand_ins: dict[str, list[StandIn]] = defaultdict(list)
        for one in stand_ins:
            self._stand_ins[one.to].append(one)

    def signs_for(self, function: str, person: str, capacity: str, day: date) -> bool:
        """Whether a person's signature of a day counts for a function (contract.md section 3: self | delegate of).

        It does where the function is theirs, where somebody of the function delegated to them over that day, and
        where the entry's capacity is delegate of somebody of the function. Where that cannot be told, because nobody
        was ever declared with the function, or the person never was, the entry is believed.
        """
        of = self._of.get(function.casefold(), set())
        if not of or person in of or person not in self._people:
            return True
        if capacity.startswith(DELEGATE) and capacity.removeprefix(DELEGATE) in of:
            return True
        return any(s.giver in of and s.first <= day <= s.last for s in self._stand_ins.get(person, ()))
