"""A page that the browser kept as it was left: Back shows it to whom it was drawn for alone."""

import pytest
from playwright.sync_api import Page

LAST = "last => localStorage.setItem('refrain-drawn-for', last)"
COME_BACK = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"


def test_who_left_and_came_back_finds_the_page_as_it_was(page: Page) -> None:
    assert page.evaluate("localStorage.getItem('refrain-drawn-for')") == "7"
    page.evaluate("window.left = true")
    page.evaluate(COME_BACK)
    assert page.evaluate("window.left")
    assert page.locator("#main").is_visible()


@pytest.mark.parametrize("last", ["", "8"], ids=["nobody", "somebody else"])
def test_once_the_browser_is_somebody_elses_it_is_drawn_anew(page: Page, last: str) -> None:
    page.evaluate(LAST, last)
    with page.expect_navigation():
        page.evaluate(COME_BACK)
    assert page.locator("#main").is_visible()
