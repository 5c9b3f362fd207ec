"""Parts that ask again by themselves: what is pressed or typed meanwhile counts as elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Route, expect

from tests.browser.chromium import chromium
from tests.browser.served import ORIGIN
from tests.browser.test_extremes import answer, answers
from tests.browser.waiting import becomes
from tests.builders import a_listener, a_track, a_user, an_artist, heard

TEMPLATES = Path(settings.BASE_DIR, "marketplace")


@pytest.mark.django_db
def test_a_link_in_a_part_that_asks_again_leads_to_its_page_and_not_into_the_part() -> None:
    maker = a_user("artist")
    track = a_track(an_artist(maker))
    heard(a_listener(), track)
    got = answers(maker, ["/studio", track.get_absolute_url()])
    with chromium() as browser:
        context = browser.new_context()
        context.route("**/*", lambda route: answer(route, got))
        page = context.new_page()
        page.goto(f"{ORIGIN}/studio")
        page.locator("#moving:has([data-again]) a.title").click()
        expect(page.locator("h1")).to_have_text(track.title)
        assert page.url.endswith(track.get_absolute_url())
        assert page.locator("main").count() == page.locator(".topbar").count() == 1


@pytest.mark.django_db
def test_what_is_typed_while_an_answer_comes_is_asked_as_well() -> None:
    maker = a_user("artist")
    an_artist(maker)
    got = answers(maker, ["/upload"])
    asked: list[Route] = []
    with chromium() as browser:
        context = browser.new_context()
        context.route("**/*", lambda route: answer(route, got))
        context.route("**/upload/preview", lambda route: asked.append(route))
        page = context.new_page()
        page.goto(f"{ORIGIN}/upload")
        percent = page.locator("[name=payee_percent]").first
        percent.fill("4")
        becomes(page, lambda: len(asked), 1)
        percent.press_sequentially("0")
        asked[0].fulfill(content_type="text/html", body='<div id="preview"><h2>First</h2></div>')
        expect(page.locator("#preview h2")).to_have_text("First")
        becomes(page, lambda: len(asked), 2)
        assert "payee_percent=40" in (asked[1].request.post_data or "")
        asked[1].fulfill(content_type="text/html", body='<div id="preview"></div>')


def test_only_one_template_asks_again() -> None:
    """Links and forms inside an element with a target of its own would be drawn into it."""
    asking = {
        path.name
        for path in TEMPLATES.rglob("*.html")
        if 'hx-trigger="every' in path.read_text(encoding="utf-8")
    }
    assert asking == {"again.html"}
