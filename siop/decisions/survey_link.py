"""Links to a survey round that need no sign-in: each proves that it was made here, answers once, and names nobody."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from siop.core import Refused
from siop.core.finding import Finding
from siop.ledger import Ledger

_PROOF = 24  # hex digits: 96 bits


@dataclass(frozen=True, slots=True)
class SurveyLink:
    """What a link says of itself. group: under which the answers are kept; never a person."""

    round: str
    group: str
    text: str


def make_links(ledger: Ledger, survey_round: str, groups: Mapping[str, int]) -> list[SurveyLink]:
    """One link for each person invited, by group; the same ones however often they are printed.

    Nothing is stored, so nobody can look up who got which; and printing them twice does not give anybody two answers.

    Args: groups: {group: number of people}. Raises: Refused where the ledger has no key to prove them with.
    """
    if ledger.token("probe") != ledger.token("probe"):
        raise _refused(
            "", "this ledger has no key, so a link could not be proved", "put the folder keys back"
        )
    found = []
    for group, people in groups.items():
        nonces = [ledger.token("survey-nonce", survey_round, group, str(n))[:12] for n in range(people)]
        found += [
            SurveyLink(survey_round, group, _text(ledger, survey_round, group, n)) for n in sorted(nonces)
        ]
    return found


def read_link(ledger: Ledger, text: str) -> SurveyLink:
    """The link behind a text. Raises Refused where it was not made by this company's ledger."""
    body, _, proof = text.strip().partition(".")
    try:
        told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):
        told = None
    if not (isinstance(told, list) and len(told) == 3 and all(isinstance(part, str) for part in told)):
        raise _foreign(text)
    if not hmac.compare_digest(proof.encode(), _proof(ledger, *told).encode()):
        raise _foreign(text)
    return SurveyLink(told[0], told[1], text.strip())


def answer_token(ledger: Ledger, link: SurveyLink) -> str:
    """What an answer is kept under: whoever printed the links cannot find theirs in the ledger by it."""
    return ledger.token("survey-answer", link.text)


def used(found: SurveyLink) -> Refused:
    """The refusal of a link that has answered already."""
    return _refused(
        found.text, "this link has answered already", "each link answers once; nothing was changed"
    )


def _text(ledger: Ledger, survey_round: str, group: str, nonce: str) -> str:
    told = json.dumps([survey_round, group, nonce], ensure_ascii=False, separators=(",", ":"))
    body = base64.urlsafe_b64encode(told.encode()).decode().rstrip("=")
    return f"{body}.{_proof(ledger, survey_round, group, nonce)}"


def _proof(ledger: Ledger, survey_round: str, group: str, nonce: str) -> str:
    return ledger.token("survey-link", survey_round, group, nonce)[:_PROOF]


def _foreign(text: str) -> Refused:
    return _refused(text, "this link is not one of ours", "open the link exactly as you were given it")


def _refused(text: str, message: str, fix: str) -> Refused:
    finding = Finding("error", "survey", "link", message, fix, column="link", value=text[:24] or None)
    return Refused(f"{message[:1].upper()}{message[1:]}: {fix}.", [finding])
