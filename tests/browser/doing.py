"""What a person does on a page: type, press one of several, pick from a list, be somebody else."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tests.browser.conftest import settled


def typed(page: Page, label: str, words: str) -> None:
    """Type into a field and leave it."""
    field = page.get_by_label(label, exact=True)
    field.fill(words)
    field.press("Tab")
    settled(page)


def press(page: Page, name: str) -> None:
    """Press a button once nothing runs: a run that is under way may still show what was there before."""
    settled(page)
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, name: str) -> None:
    """Press one of a segmented control, once what was there before is gone."""
    settled(page)
    button = page.get_by_role("radio", name=name, exact=True)
    button.click()
    expect(button).to_have_attribute("aria-checked", "true")
    settled(page)


def picked(page: Page, label: str, option: str) -> None:
    """Pick from a list by what it shows. A list closes when the page moves under it, as while a fold opens: open it again."""
    settled(page)
    box = page.get_by_role("combobox", name=label, exact=True)
    found = page.get_by_role("option").filter(has_text=option).first
    for _ in range(5):
        box.click()
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
