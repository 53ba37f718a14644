"""Who may do what: one table of data, read by the service that writes and by the pages that offer."""

from __future__ import annotations

from dataclasses import dataclass, field

from siop.ledger.entries import ENTRY_TYPES, ROLES

EVERYBODY = frozenset(ROLES)
HEADS = frozenset({"function_head", "executive", "chair"})
TEAM = HEADS | {"siop_lead"}
LEADS = frozenset({"siop_lead", "chair"})


@dataclass(frozen=True, slots=True)
class Right:
    """The roles that may do something.

    own: roles that may do it only for what is theirs; `whose` says what that means: `person` (they or somebody
        who delegated to them), `owner` (they own the item), `function` (it is of their function), `from` (it
        begins with them).
    fresh: the person must just have proved who they are.
    """

    roles: frozenset[str]
    whose: str | None = None
    own: frozenset[str] = field(default=frozenset())
    fresh: bool = False


RIGHTS: dict[str, Right] = {
    # what everybody, or nobody below a rank, may do besides writing
    "view": Right(EVERYBODY),
    "verify": Right(EVERYBODY),
    "export": Right(TEAM | {"administrator"}),
    "minutes": Right(TEAM),
    "checkpoint": Right(LEADS | {"administrator"}),
    "load": Right(frozenset({"siop_lead", "administrator"})),
    "import": Right(frozenset({"siop_lead", "administrator"})),
    "accounts": Right(frozenset({"administrator"})),
    # entry types
    "person": Right(frozenset({"administrator"})),
    "delegation": Right(TEAM | {"administrator"}, "from", TEAM),
    "stage": Right(frozenset({"siop_lead"})),
    "gate": Right(frozenset({"siop_lead"})),
    "meeting": Right(LEADS),
    "attendance": Right(LEADS),
    "decision": Right(TEAM),
    "decided": Right(frozenset({"executive", "chair"}), fresh=True),
    "decision_effect": Right(TEAM, "owner", frozenset({"function_head", "executive"})),
    "position": Right(TEAM, "person", TEAM),
    "sign_off": Right(TEAM, "person", TEAM, fresh=True),
    "publish": Right(frozenset({"chair"}), fresh=True),
    "commitment": Right(TEAM, "function", HEADS),
    "action": Right(TEAM),
    "action_done": Right(TEAM, "owner", frozenset({"function_head", "executive"})),
    "tolerance": Right(LEADS),
    "case_opened": Right(TEAM),
    "case_answered": Right(TEAM, "owner", frozenset({"function_head", "executive"})),
    "case_closed": Right(LEADS),
    "risk": Right(TEAM),
    "risk_score": Right(TEAM, "owner", frozenset({"function_head", "executive"})),
    "risk_outcome": Right(LEADS),  # nobody marks their own forecast
    "assumption": Right(TEAM),
    "assumption_outcome": Right(LEADS),
    "survey_round": Right(LEADS),
    "survey_response": Right(TEAM),
    "improvement": Right(TEAM),
    "improvement_closed": Right(TEAM, "owner", frozenset({"function_head", "executive"})),
    "request": Right(TEAM),
    "impact_run": Right(TEAM),
    "request_answer": Right(frozenset({"executive", "chair"})),
    "comment": Right(EVERYBODY - {"administrator"}),
}
"""{action: right}; an action that is not here is nobody's."""


def may(role: str, action: str) -> bool:
    """Whether a role may do an action at all (for what is theirs, where the right says so)."""
    right = RIGHTS.get(action)
    return right is not None and role in right.roles


def entry_rights() -> dict[str, Right]:
    """The rights of the entry types alone, in the order of the contract's table."""
    return {kind: RIGHTS[kind] for kind in ENTRY_TYPES}


def rights_table() -> str:
    """A Markdown table of action x role: yes, own (what is theirs), or a dash; * needs a fresh proof of identity."""
    lines = [
        "| action | " + " | ".join(role.replace("_", " ").replace("siop", "SIOP") for role in ROLES) + " |",
        "|---" * (len(ROLES) + 1) + "|",
    ]
    for action, right in RIGHTS.items():
        cells = [
            "–" if role not in right.roles else "own" if role in right.own and right.whose else "yes"
            for role in ROLES
        ]
        lines.append(f"| {action}{' *' if right.fresh else ''} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"
