"""A page that the browser kept is shown by Back to whom it was drawn for; one need keep nothing."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch

LAST = "last => localStorage.setItem('refrain-drawn-for', last)"
# Stands in for the script that runs before all others, and is read again with each page.
KEEPS_NOTHING = """for (const name of ["localStorage", "sessionStorage"]) {
    const get = () => { throw new DOMException("denied", "SecurityError"); };
    Object.defineProperty(window, name, { get });
}
"""
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


def test_a_browser_that_keeps_nothing_has_menus_and_a_player(page: Page, watch: Watch) -> None:
    theme = KEEPS_NOTHING + Path(str(finders.find("js/theme.js"))).read_text()
    page.route(
        "**/theme.js", lambda route: route.fulfill(body=theme, content_type="text/javascript")
    )
    page.reload()
    page.locator("[data-menu]").first.click()
    expect(page.locator("#row-menu")).to_be_visible()
    page.locator(".track-row [data-play-track]").first.dispatch_event("click")
    expect(page.locator(".player")).to_be_visible()
    page.locator("[data-switch-theme]").first.dispatch_event("click")
    page.reload()
    assert watch.faults == []
