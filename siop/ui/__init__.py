"""The Streamlit frame: identity, scope, headline, figures, clickable pieces, keys."""

from siop.charts import Theme
from siop.ui import html, survey
from siop.ui.behind import behind, catalogue
from siop.ui.draw import draw
from siop.ui.first_run import make_sample
from siop.ui.frame import arrive, go
from siop.ui.here import Here, here, open_ledger, snapshot_of
from siop.ui.identity import confirm, identify
from siop.ui.parts import (
    as_table,
    banner,
    choose,
    clickable,
    empty,
    figure,
    folded,
    headline,
    notes,
    panel,
    still,
    style,
)
from siop.ui.write import write

__all__ = [
    "Here",
    "Theme",
    "arrive",
    "as_table",
    "banner",
    "behind",
    "catalogue",
    "choose",
    "clickable",
    "confirm",
    "draw",
    "empty",
    "figure",
    "folded",
    "go",
    "headline",
    "here",
    "html",
    "identify",
    "make_sample",
    "notes",
    "open_ledger",
    "panel",
    "snapshot_of",
    "still",
    "style",
    "survey",
    "write",
]
