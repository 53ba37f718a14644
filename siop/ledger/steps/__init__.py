"""What each entry type does to the state."""

from siop.ledger.steps import decisions, judgement, process
from siop.ledger.steps.draft import STEPS, Draft

__all__ = ["STEPS", "Draft", "decisions", "judgement", "process"]
