"""What a person does on a page: type, press one of several, pick from a list, be somebody else."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import settled


def click(what: Locator) -> None:
    """Press once nothing runs: a run that is under way may still show what was there before, or move it away."""
    settled(what.page, headline=False)
    what.click()


def fill(field: Locator, words: str) -> None:
    """Write into a field once nothing runs."""
    settled(field.page, headline=False)
    field.fill(words)


def key(what: Locator, name: str) -> None:
    """Press a key in a field or on a slider once nothing runs."""
    settled(what.page, headline=False)
    what.press(name)


def typed(page: Page, label: str, words: str) -> None:
    """Type into a field and leave it."""
    field = page.get_by_label(label, exact=True)
    fill(field, words)
    field.press("Tab")
    settled(page)


def press(page: Page, name: str) -> None:
    """Press a button."""
    click(page.get_by_role("button", name=name, exact=True))


def choose(page: Page, name: str) -> None:
    """Press one of a segmented control."""
    button = page.get_by_role("radio", name=name, exact=True)
    click(button)
    expect(button).to_have_attribute("aria-checked", "true")
    settled(page)


def picked(place: Page | Locator, label: str, option: str) -> None:
    """Pick from a list by what it shows. A list closes when the page moves under it, as while a fold opens: open it again.

    Args: place: the page, or the part of it that has the list.
    """
    page = place.page if isinstance(place, Locator) else place
    box = place.get_by_role("combobox", name=label, exact=True)
    found = page.get_by_role("option").filter(has_text=option).first
    for _ in range(5):
        click(box)
        box.fill("")
        box.press_sequentially(option)
        try:
            found.click(timeout=2_000)
            break
        except PlaywrightTimeout:
            page.keyboard.press("Escape")
    else:
        raise AssertionError(f"{option} is not in the list {label}")
    settled(page)


def become(page: Page, name: str) -> None:
    """Use the sample's switch."""
    press(page, "You")
    picked(page, "SAMPLE: be somebody else", name)
    expect(page.locator(f'.siop-me[title^="{name}"]')).to_have_count(1)
    page.keyboard.press("Escape")
    settled(page)
