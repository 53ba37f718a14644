"""Names and codes as text: headers compared by meaning, keys cleaned without changing what they say."""

from __future__ import annotations

import re
import unicodedata

# Text that needs no look: printable ASCII without spaces at its ends. DuckDB's regex dialect.
PLAIN = r"[!-~]([ -~]*[!-~])?"
SCIENTIFIC = r"[0-9]([.,][0-9]+)?[eE][+][0-9]+"  # 1.20E+06: no longer the code it was
CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x7F]"
_SCIENTIFIC = re.compile(SCIENTIFIC + r"\Z")
_TOTAL = re.compile(
    r"(grand |sub ?-?)?totals?|sum|summe|gesamt(summe)?|somme|totale|total g[eé]n[eé]ral|итого|"
    r"(grand |sub ?-?)?total\b.*",
    re.IGNORECASE,
)
# Cyrillic and Greek letters that look like Latin ones.
_LOOK_LATIN = frozenset("АВЕЗКМНОРСТУХІЈЅаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοινυ")


def header(name: str) -> str:
    """A column name as it is compared: one Unicode form, no case, single spaces, no marks around it.

    >>> header("\\ufeffPlan  Qty "), header("SKU")
    ('plan qty', 'sku')
    """
    text = unicodedata.normalize("NFC", name).replace("\ufeff", "").replace("\u00a0", " ")
    return " ".join(text.casefold().split())


def identifier(name: str) -> str:
    """A name of a further dimension: lower case, words joined by underscores.

    >>> identifier("Product Line"), identifier("Größe (cm)")
    ('product_line', 'grösse_cm')
    """
    text = re.sub(r"\W+", "_", unicodedata.normalize("NFC", name).casefold()).strip("_")
    return (text or "column")[:60]


def clean(text: str) -> tuple[str, str | None]:
    """(the code, what is wrong with it or None). Codes are compared in NFC, without spaces at the ends.

    >>> clean(" 00123 "), clean("12E5")
    (('00123', None), ('12E5', None))
    >>> clean("1.20E+06")[1]
    'a code that a spreadsheet turned into a number'
    """
    code = unicodedata.normalize("NFC", text).strip()
    for character in code:
        kind = unicodedata.category(character)
        if kind in ("Cc", "Co", "Cs", "Cn") or (
            kind in ("Cf", "Zl", "Zp") and character not in "\u200c\u200d"
        ):
            return code, f"an invisible character (U+{ord(character):04X}) in a code"
    if _SCIENTIFIC.match(code):
        return code, "a code that a spreadsheet turned into a number"
    letters = [c for c in code if c.isalpha()]
    foreign = [c for c in letters if unicodedata.name(c, "").startswith(("CYRILLIC", "GREEK"))]
    if foreign and set(foreign) <= _LOOK_LATIN and any("LATIN" in unicodedata.name(c, "") for c in letters):
        return code, "a code that mixes alphabets: letters that look alike are different"
    if "\u00a0" in code or "\u200b" in code or "\u202f" in code:
        return code, "a no-break space in a code"
    return code, None


def is_total(text: str | None) -> bool:
    """Whether a cell says that its row is a total.

    >>> is_total("Grand Total"), is_total("TOTAL"), is_total("Totem")
    (True, True, False)
    """
    return text is not None and _TOTAL.fullmatch(text.strip()) is not None


def similar(code: str) -> str:
    """What a code has in common with its misspellings: no case, spaces, leading zeros or punctuation."""
    text = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", code).casefold())
    return text.lstrip("0")


def spelling(code: str) -> str:
    """What two spellings of one code share: no case, no spaces, no leading zeros."""
    return "".join(code.casefold().split()).lstrip("0")
