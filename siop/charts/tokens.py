"""The look in one table: colours, sizes, spacing. Pure data, read by the figures, the pages and the theme file."""

from __future__ import annotations

from dataclasses import dataclass

FONT = "Inter, 'Source Sans 3', 'Source Sans Pro', sans-serif"
LABEL, VALUE = 14, 16
"""Text of a figure in px; nothing on a page or in a figure is smaller than LABEL."""

LIGHT = {
    "page": "#FFFFFF", "surface": "#F5F6F8", "surface2": "#ECEEF1", "ink": "#14171C", "second": "#3C424B",
    "muted": "#5F6368", "hairline": "#E3E6EA", "rule": "#C9CED6", "input": "#7F868F", "actual": "#404040",
    "prior": "#8C8C8C", "on_solid": "#FFFFFF",
}  # fmt: skip
DARK = {
    "page": "#101317", "surface": "#191D23", "surface2": "#232830", "ink": "#ECEEF1", "second": "#CDD1D8",
    "muted": "#B8BCC4", "hairline": "#2A3038", "rule": "#444C58", "input": "#727B89", "actual": "#D0D3D9",
    "prior": "#7C8290", "on_solid": "#101317",
}  # fmt: skip
# good, bad, their tints, and bad as text on a tint or a surface. Blue and orange stay apart for every kind of
# colour vision, green and red do not for about one man in twelve; the bars' orange is too pale for small text.
VARIANCE = {
    (False, False): ("#2E7D32", "#C62828", "#EAF4EB", "#FBEAEA", "#C62828"),
    (True, False): ("#4CC38A", "#FF6B6B", "#16291F", "#331B1E", "#FF6B6B"),
    (False, True): ("#0B5FA5", "#C65102", "#E6F0F8", "#FCEFE4", "#B84A02"),
    (True, True): ("#6CB4F0", "#FF9D4D", "#14263A", "#33220F", "#FF9D4D"),
}

SPACE = (4, 8, 16, 24, 32, 48)
HEADER, SIDE, COLUMN_GAP = 56, 40, 64
TEXT = {  # px, line height, weight
    "headline": (36, 44, 650), "sub": (16, 24, 400), "panel_title": (20, 28, 600), "panel_sub": (15, 22, 400),
    "body": (17, 24, 400), "head": (14, 16, 500), "second": (15, 20, 400), "tile_label": (15, 20, 400),
    "tile_value": (36, 40, 600), "tile_variance": (17, 24, 600), "tile_state": (14, 20, 400),
    "phone_headline": (22, 28, 650), "phone_panel_title": (18, 24, 600), "phone_body": (16, 24, 400),
}  # fmt: skip
HEIGHT = {
    "tiers": 592, "bridge": 568, "control": 364, "tornado": 280, "exceedance": 264, "influence": 452, "balance": 452,
    "capacity": 260, "backtest": 340,
}  # fmt: skip

# Widths of the printable ASCII characters of Inter at weight 400, in hundredths of the font size: they decide
# how wide a margin must be, because the server never sees the page.
_WIDTHS = (
    28, 29, 47, 63, 64, 98, 64, 30, 36, 36, 50, 66, 29, 46, 29, 36, 63, 41, 61, 62, 65, 59, 62, 57, 62, 62, 29, 30,
    66, 66, 66, 51, 97, 69, 65, 73, 72, 60, 59, 75, 74, 27, 57, 67, 57, 90, 75, 76, 64, 76, 64, 64, 65, 74, 69, 99,
    68, 68, 63, 36, 36, 36, 47, 46, 32, 56, 61, 57, 61, 58, 37, 61, 59, 24, 24, 55, 24, 88, 59, 60, 61, 61, 38, 53,
    33, 59, 56, 82, 55, 56, 55, 43, 33, 43, 66,
)  # fmt: skip
_BOLD, _DIGIT, _OTHER = 1.06, 0.65, 0.66


@dataclass(frozen=True, slots=True)
class Theme:
    """Which of the four palettes is on. Frozen: it is part of the key of a cached figure."""

    dark: bool = False
    colour_safe: bool = False

    @property
    def colours(self) -> dict[str, str]:
        """Every colour by its role, for the stylesheet and the figures."""
        good, bad, good_tint, bad_tint, bad_text = VARIANCE[self.dark, self.colour_safe]
        base = DARK if self.dark else LIGHT
        tones = {"good": good, "bad": bad, "good_tint": good_tint, "bad_tint": bad_tint, "bad_text": bad_text}
        return {**base, **tones}

    def __getitem__(self, role: str) -> str:
        return self.colours[role]

    def variance(self, judged: str) -> str:
        """The colour of a bar that is good, bad or neutral (grey)."""
        return self.colours[judged if judged in ("good", "bad") else "prior"]

    def variance_text(self, judged: str) -> str:
        """The colour of a variance's number; a neutral one is ordinary text."""
        return self.colours[{"good": "good", "bad": "bad_text"}.get(judged, "second")]


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """How wide a line is, in px; digits count as tabular, unknown characters as an m.

    >>> round(text_width("Budget", 14)), text_width("", 14)
    (47, 0.0)
    """
    total = 0.0
    for letter in text:
        place = ord(letter) - 32
        if letter.isdigit():
            total += _DIGIT
        elif 0 <= place < len(_WIDTHS):
            total += _WIDTHS[place] / 100
        else:
            total += 0.28 if letter.isspace() else _OTHER
    return total * size * (_BOLD if bold else 1.0)


def wrapped(text: str, size: float, width: float, *, bold: bool = False) -> list[str]:
    """The lines of a text that fit into `width` px; a single word that is too long is broken, nothing is cut off.

    >>> wrapped("Failure of the casting supplier", 15, 130)
    ['Failure of the', 'casting supplier']
    """
    lines = _greedy(text, size, width, bold=bold)
    # As many lines, but of even length: no single word is left over in the last one.
    for percent in range(50, 100, 5):
        even = _greedy(text, size, width * percent / 100, bold=bold)
        if len(even) == len(lines) and " ".join(even) == " ".join(lines):
            return even
    return lines


def _greedy(text: str, size: float, width: float, *, bold: bool) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        tried = f"{line} {word}" if line else word
        if text_width(tried, size, bold=bold) <= width:
            line = tried
            continue
        if line:
            lines.append(line)
        while text_width(word, size, bold=bold) > width and len(word) > 1:
            cut = len(word) - 1
            while cut > 1 and text_width(word[:cut] + "-", size, bold=bold) > width:
                cut -= 1
            lines.append(word[:cut] + "-")
            word = word[cut:]
        line = word
    lines.append(line)
    return lines
