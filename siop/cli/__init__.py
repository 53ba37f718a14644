"""The command line: how people script the cockpit, and how it is accepted (contract.md section 2)."""

from siop.cli.main import main
from siop.cli.people import people

__all__ = ["main", "people"]
