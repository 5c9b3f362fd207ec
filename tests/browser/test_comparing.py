"""Two recordings beside each other: never two sounds at once, and none that can't be stopped."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from marketplace import styleguide
from tests.browser.served import DURATION_SECONDS, ranged, tone
from tests.browser.waiting import becomes

GONE = "/gone"


def side(name: str, url: str) -> str:
    peaks = styleguide.sample_rows()[0]["peaks"]
    track = SimpleNamespace(peaks=peaks, duration_seconds=DURATION_SECONDS)
    context = {"url": url, "name": name, "track": track, "spans": [(5, 9)]}
    return render_to_string("catalog/heard_side.html", context)


@pytest.fixture
def compared(page: Page) -> Page:
    """A page, reached by a link, with three recordings; the last one's file is lost."""
    page.locator("#places a", has_text="Wallet").click()
    page.wait_for_url("**/wallet")
    sides = side("first", "/audio.wav?1") + side("second", "/audio.wav?2") + side("lost", GONE)
    main = page.locator("#main")
    main.evaluate("(main, html) => main.insertAdjacentHTML('afterbegin', html)", sides)
    return page


def sounding(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "sounds.filter(one => !one.paused).map(one => new URL(one.src).search)"
    )
    return found


def test_one_sounds_at_a_time_and_none_once_its_page_is_left(compared: Page) -> None:
    page = compared
    page.get_by_role("button", name="Play first").click()
    becomes(page, lambda: sounding(page), ["?1"])
    page.get_by_role("button", name="Play second").click()
    becomes(page, lambda: sounding(page), ["?2"])
    page.locator(".track-row [data-play-track]").first.dispatch_event("click")
    becomes(page, lambda: sounding(page), [""])  # the player
    page.get_by_role("button", name="Play first").click()
    becomes(page, lambda: sounding(page), ["?1"])
    page.locator('[data-command="toggle"]').click()  # the player goes on
    becomes(page, lambda: sounding(page), [""])
    page.get_by_role("button", name="Play second").click()
    becomes(page, lambda: sounding(page), ["?2"])
    page.go_back()
    becomes(page, lambda: len(sounding(page)), 0)


def test_a_file_that_is_lost_is_said_and_can_be_asked_for_again(compared: Page) -> None:
    page = compared
    page.get_by_role("button", name="Play lost").click()
    expect(page.locator("#toasts")).to_contain_text("Can’t play lost: its file does not arrive.")
    expect(page.get_by_role("button", name="Play lost")).to_be_visible()
    assert sounding(page) == []
    page.context.route(f"**{GONE}", lambda route: ranged(route, tone(DURATION_SECONDS)))
    page.get_by_role("button", name="Play lost").click()
    becomes(page, lambda: sounding(page), [""])
