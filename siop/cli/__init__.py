"""The command line: how people script the cockpit, and how it is accepted (contract.md section 2)."""

from siop.cli.main import main

__all__ = ["main"]
