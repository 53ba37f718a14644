"""The colours reach the contrasts that are promised, and stay apart for every kind of colour vision."""

from __future__ import annotations

import ast
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from siop.charts import tokens
from siop.charts.tokens import Theme, text_width, wrapped

THEMES = [Theme(dark, safe) for dark in (False, True) for safe in (False, True)]


def channels(colour: str) -> np.ndarray:
    """Linear sRGB of #RRGGBB (IEC 61966-2-1)."""
    value = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light = [float(channels(c) @ np.array([0.2126, 0.7152, 0.0722])) for c in (one, other)]
    return (max(light) + 0.05) / (min(light) + 0.05)


def seen_apart(one: str, other: str) -> float:
    """CIE76 distance of two colours as a deuteranope sees them (Machado, Oliveira and Fernandes 2009, severity 1)."""
    deutan = np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    )
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    white = np.array([0.9505, 1.0, 1.089])

    def lab(colour: str) -> np.ndarray:
        ratio = to_xyz @ np.clip(deutan @ channels(colour), 0, 1) / white
        f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
        return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])

    return float(np.linalg.norm(lab(one) - lab(other)))


@pytest.mark.parametrize(
    ("role", "light", "dark"),
    [("ink", 18.0, 16.0), ("second", 10.1, 12.2), ("muted", 6.0, 9.8), ("actual", 10.4, 12.4), ("prior", 3.4, 4.8),
     ("good", 5.1, 8.4), ("bad", 5.6, 6.7)],
)  # fmt: skip
def test_contrast_on_the_page_is_the_one_that_was_measured(role: str, light: float, dark: float) -> None:
    # figures of the look's colour table, printed with one decimal
    assert contrast(Theme()[role], Theme()["page"]) == pytest.approx(light, abs=0.1)
    assert contrast(Theme(True)[role], Theme(True)["page"]) == pytest.approx(dark, abs=0.1)


@pytest.mark.parametrize("theme", THEMES)
def test_text_reaches_4_5_and_graphics_reach_3(theme: Theme) -> None:
    for role in ("ink", "second", "muted", "good", "bad_text"):
        for ground in ("page", "surface"):
            assert contrast(theme[role], theme[ground]) >= 4.5, (role, ground)
    assert contrast(theme["good"], theme["good_tint"]) >= 4.5
    assert contrast(theme["bad_text"], theme["bad_tint"]) >= 4.5
    for solid in ("good", "bad"):
        assert contrast(theme["on_solid"], theme[solid]) >= 4.5
    for role in ("actual", "prior", "input", "good", "bad"):
        assert contrast(theme[role], theme["page"]) >= 3.0, role


def test_the_green_that_others_use_would_fail() -> None:
    assert contrast("#7ACA00", "#FFFFFF") < 3.0


@pytest.mark.parametrize("dark", [False, True])
def test_colour_safe_stays_apart_where_green_and_red_do_not(dark: bool) -> None:
    plain, safe = Theme(dark), Theme(dark, colour_safe=True)
    assert seen_apart(safe["good"], safe["bad"]) > 80
    assert seen_apart(plain["good"], plain["bad"]) < 45


@pytest.mark.parametrize(
    ("text", "px"),
    [("Failure of the casting supplier for valve", 272.8), ("typed without thinking of anybody's screen,", 308.8),
     ("takes 14 %, earned 34 %", 179.9)],
)  # fmt: skip
def test_width_is_that_of_the_browser(text: str, px: float) -> None:
    # measured in Chromium: Inter 400, 15 px, tabular numbers
    assert text_width(text, 15) == pytest.approx(px, rel=0.02)
    assert text_width(text, 15) >= px  # never too narrow, so that nothing is cut


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=90), st.integers(40, 320)
)
def test_wrapping_loses_no_letter_and_keeps_to_the_width(text: str, width: int) -> None:
    lines = wrapped(text, 15, width)
    assert "".join(lines).replace("-", "").replace(" ", "") == text.replace("-", "").replace(" ", "")
    assert all(text_width(line, 15) <= width for line in lines)


def test_wrapping_leaves_no_single_word_over() -> None:
    assert wrapped("Failure of the casting supplier for valve bodies", 15, 300) == [
        "Failure of the casting",
        "supplier for valve bodies",
    ]


def test_tokens_are_pure_data() -> None:
    tree = ast.parse(Path(tokens.__file__).read_text(encoding="utf-8"))
    imported = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported == {"__future__", "dataclasses"}
    assert not [n for n in ast.walk(tree) if isinstance(n, ast.Import)]
