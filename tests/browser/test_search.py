"""Instant search in a browser: typing, arrow keys, Enter, Escape, and its words for failures."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch, axe_faults
from tests.browser.served import ORIGIN, Api


def type_in(page: Page, text: str) -> None:
    page.locator("[data-search]").press_sequentially(text)
    # the answer to the last letter: an earlier one would be replaced, with what is chosen in it
    expect(page.locator("#found mark").first).to_have_text(text, ignore_case=True)


def test_slash_focuses_and_typing_lists_groups_with_what_was_typed_marked(
    page: Page, watch: Watch
) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    type_in(page, "tide")
    expect(page.locator("#found [role=group]")).to_have_count(2)
    expect(page.locator("#found mark").first).to_have_text("Tide")
    expect(page.get_by_role("combobox")).to_have_attribute("aria-expanded", "true")
    assert axe_faults(page) == []
    assert watch.faults == []


def test_arrow_keys_move_and_enter_opens_in_place(page: Page) -> None:
    page.evaluate("window.sameDocument = true")
    type_in(page, "tide")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    chosen = page.locator("#found [aria-selected=true]")
    expect(chosen).to_have_count(1)
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{ORIGIN}/tracks/one")
    expect(page.locator("#found")).to_be_hidden()
    assert page.evaluate("window.sameDocument")


def test_shift_enter_plays_the_song(page: Page, api: Api) -> None:
    type_in(page, "tide")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Enter")
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    assert api.calls[0][0] == "streams"


def test_enter_without_a_choice_shows_all_that_was_found(page: Page) -> None:
    type_in(page, "tide")
    page.keyboard.press("Enter")
    page.wait_for_url("**/songs?q=tide")
    expect(page.locator("#found")).to_be_hidden()


def test_the_field_says_what_the_page_was_asked_and_nothing_elsewhere(page: Page) -> None:
    box = page.get_by_role("combobox")
    type_in(page, "tide")
    page.keyboard.press("Enter")
    page.wait_for_url("**/songs?q=tide")
    expect(box).to_have_value("tide")
    page.locator("#places").get_by_text("Wallet").click()
    page.wait_for_url("**/wallet")
    expect(box).to_have_value("")
    page.go_back()
    page.wait_for_url("**/songs?q=tide")
    expect(box).to_have_value("tide")


def test_escape_closes_then_clears(page: Page) -> None:
    type_in(page, "tide")
    page.keyboard.press("Escape")
    expect(page.locator("#found")).to_be_hidden()
    expect(page.locator("[data-search]")).to_have_value("tide")
    page.keyboard.press("Escape")
    expect(page.locator("[data-search]")).to_have_value("")


def test_nothing_found_and_no_answer_are_sentences(page: Page) -> None:
    page.locator("[data-search]").fill("qqq")
    expect(page.locator("#found")).to_contain_text("Nothing sounds like “qqq”")
    page.locator("[data-search]").fill("broken")
    expect(page.locator("#found")).to_contain_text("Search did not answer.")
