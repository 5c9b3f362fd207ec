"""The first minutes by keyboard alone, in a real browser over the whole of Refrain: land, hear,
sign up, like, find it in the library. Tab and Enter do it all, and the focus is always seen, in
the page's colours and in the reader's own.
"""

from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium
from tests.browser.keyboard import Keyboard
from tests.builders import PASSWORD
from tests.stories.house import House

LONG = 30_000  # the machine may be busy


def a_newcomer_without_a_mouse(house: House) -> None:
    with chromium() as browser:
        page = browser.new_page(
            viewport={"width": 1280, "height": 800},
            reduced_motion="reduce",
        )
        keys = Keyboard(page, forced_colors=True)
        page.goto(house.url)
        skips_to_the_content(page, keys)
        hears_and_signs_up(page, keys)
        likes_it_on_its_page(page, keys)
        finds_it_in_the_library(page, keys)
        goes_all_the_way_round(keys)


def skips_to_the_content(page: Page, keys: Keyboard) -> None:
    assert keys.step() == "Skip to content"
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def hears_and_signs_up(page: Page, keys: Keyboard) -> None:
    keys.press("Hear it now")
    panel = page.get_by_role("dialog", name="You have heard the free part")
    expect(panel).to_be_visible(timeout=LONG)
    keys.write("E-mail", "vera@example.org")
    keys.write("Your name", "Vera")
    keys.write("Password", PASSWORD)
    keys.press("Make my account and play it")
    page.wait_for_selector("body[data-signed-in=true]", timeout=LONG)
    expect(page.locator("[data-paid]")).to_contain_text("paid", timeout=LONG)


def likes_it_on_its_page(page: Page, keys: Keyboard) -> None:
    keys.press("Low Water")  # the song's name, wherever it comes first
    page.wait_for_url("**/tracks/**")
    expect(page.locator("#main h1")).to_be_focused()
    keys.press("Like")
    expect(page.locator("#main .like")).to_have_attribute("aria-pressed", "true")
    keys.press("More for Low Water")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More for Low Water")).to_be_focused()


def finds_it_in_the_library(page: Page, keys: Keyboard) -> None:
    keys.press("Library")
    page.wait_for_url("**/library")
    expect(page.locator("#main h1")).to_have_text("Library")
    expect(page.locator("#main .track-row")).to_contain_text("Low Water")


def goes_all_the_way_round(keys: Keyboard) -> None:
    """No trap: from the library on through the player and back to the page's first link."""
    keys.to("Skip to content")
    met = set(keys.stops)
    assert {"Pause", "Queue"} <= met or {"Play", "Queue"} <= met
