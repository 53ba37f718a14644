"""How does the process work, in the eyes of those who run it? Opened by a link, without signing in."""

from __future__ import annotations

from siop import ui


def page() -> None:
    """The statements of the link's round on a phone, or why the link opens nothing."""
    asked = ui.survey.opened()
    if asked is None:
        return
    ui.survey.form(asked)
