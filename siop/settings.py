"""The settings of a workspace: `siop.toml`, read with defaults. One table of name, default and help."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path

from siop.core import Refused
from siop.core.finding import Finding


@dataclass(frozen=True, slots=True)
class Settings:
    """What a company may set. Every field is a line of `siop.toml`."""

    company: str = ""  # name shown on pages; the mapping's company name where empty
    sample: str = ""  # halden or adventureworks where the workspace is a sample; pages say SAMPLE
    seed: int = 0  # the sample's seed
    lag: int = 1  # months between the cycle whose consensus plan is compared and the month
    correlation: float = 0.3  # between risks of one driver group
    draws: int = 100_000  # of the risk simulation
    risk_seed: int = 11  # of the risk simulation
    idle_minutes: int = 60  # a session without a click is signed out
    session_hours: int = 12  # absolute limit of a session
    fresh_minutes: int = 15  # how old an authentication may be to sign
    hosts: str = ""  # names under which browsers reach the cockpit, comma between them; others are refused


def read_settings(path: Path) -> Settings:
    """Settings of `siop.toml`; defaults where the file is missing.

    Raises Refused naming the file, the key and the nearest known key.
    """
    if not path.exists():
        return Settings()
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused(
            path, None, str(error), "correct the line, or delete the file to use defaults"
        ) from None
    known = {f.name: type(f.default) for f in fields(Settings)}
    for key, value in told.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            fix = f"did you mean {near[0]}?" if near else f"known settings: {', '.join(known)}"
            raise _refused(path, key, "unknown setting", fix)
        kind = known[key]
        right = isinstance(value, int | float) if kind is float else isinstance(value, kind)
        if isinstance(value, bool) or not right:
            raise _refused(path, key, f"{value!r} is not of the right type", f"write a {kind.__name__}")
    return Settings(**told)


def write_settings(path: Path, settings: Settings) -> None:
    """Write the settings that differ from their defaults."""
    lines = []
    for f in fields(Settings):
        value = getattr(settings, f.name)
        if value != f.default:
            lines.append(f"{f.name} = {value!r}" if not isinstance(value, str) else f'{f.name} = "{value}"')
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _refused(path: Path, key: str | None, message: str, fix: str) -> Refused:
    finding = Finding("error", path.name, "settings", message, fix, column=key)
    return Refused(f"{path.name}: {key or 'file'}: {message}; {fix}", [finding])
