"""What is like a song comes at the end of its page, when one reaches it."""

from collections.abc import Iterator

import pytest
from csp.utils import build_policy
from django.template import engines
from django.template.loader import render_to_string
from playwright.sync_api import Browser, Page, Route, expect

from marketplace import styleguide
from marketplace.discovery.rows import Why
from marketplace.discovery.similar import Similar
from marketplace.templatetags.track_rows import track_row
from tests.browser.chromium import Watch, check_page
from tests.browser.served import ORIGIN, Api, serve
from tests.browser.waiting import answered

BROKEN = frozenset({500})
PAGE = """{% extends "base.html" %}{% block content %}<h1>Tidewater</h1>
{% for _ in "123456" %}<div class="wave-stage"><div class="wave-canvas"></div></div>{% endfor %}
{% include "discovery/similar_awaited.html" with url="/tracks/one/similar" failed=False %}
{% endblock %}"""


class Answering:
    """A song's page, and what is like it: refused as often as `refusals` says."""

    def __init__(self) -> None:
        self.asked = self.refusals = 0

    def page(self, route: Route) -> None:
        html = engines["django"].from_string(PAGE).render({"csrf_token": "token"})
        policy = {"Content-Security-Policy": build_policy()}
        route.fulfill(body=html, content_type="text/html", headers=policy)

    def part(self, route: Route) -> None:
        self.asked += 1
        why = Why("users", "Many of the same people play it")
        rows = [track_row(styleguide.sample_rows()[0] | {"reason": why})] * 4
        html = render_to_string("discovery/similar.html", {"similar": Similar(rows, rows)})
        status = 500 if self.asked <= self.refusals else 200
        route.fulfill(status=status, body=html, content_type="text/html")


@pytest.fixture
def answering() -> Answering:
    return Answering()


@pytest.fixture
def song(browser: Browser, answering: Answering) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    serve(context, Api())
    context.route(f"{ORIGIN}/tracks/one", answering.page)
    context.route(f"{ORIGIN}/tracks/one/similar*", answering.part)
    page = context.new_page()
    page.goto(f"{ORIGIN}/tracks/one")
    yield page
    context.close()


def reach(page: Page) -> None:
    page.evaluate("scrollTo(0, document.body.scrollHeight)")


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def test_nothing_is_asked_for_until_one_reaches_it(song: Page, answering: Answering) -> None:
    watch = Watch(song)
    song.wait_for_load_state("networkidle")
    assert answering.asked == 0
    high = song.evaluate("document.body.scrollHeight")
    reach(song)
    heading(song, "Sounds alike")
    assert answering.asked == 1
    assert song.url == f"{ORIGIN}/tracks/one"
    assert abs(song.evaluate("document.body.scrollHeight") - high) <= 2  # nothing jumps
    assert check_page(watch) == []


def test_where_it_does_not_come_it_says_so_and_can_be_asked_again(
    song: Page, answering: Answering
) -> None:
    answering.refusals = 1
    watch = Watch(song, expected_statuses=BROKEN)
    reach(song)
    notice = song.locator(".awaited .notice")
    expect(notice).to_contain_text("Songs like it could not be loaded")
    expect(song.locator(".unfilled")).to_be_hidden()
    assert check_page(watch) == []
    notice.get_by_role("button", name="Try again").click()
    heading(song, "Liked alike")
    expect(notice).to_have_count(0)
    assert answering.asked == 2
    reach(song)
    answered(song)
    assert answering.asked == 2


def test_without_scripts_a_link_leads_there(browser: Browser, answering: Answering) -> None:
    context = browser.new_context(java_script_enabled=False)
    serve(context, Api())
    context.route(f"{ORIGIN}/tracks/one", answering.page)
    page = context.new_page()
    page.goto(f"{ORIGIN}/tracks/one")
    expect(page.locator(".unfilled")).to_be_hidden()
    link = page.get_by_role("link", name="On a page of their own")
    assert link.get_attribute("href") == "/tracks/one/similar"
    context.close()


def test_a_part_that_could_not_be_had_again_leaves_the_last_one(song: Page) -> None:
    song.evaluate(
        """() => {
            document.querySelector("main").insertAdjacentHTML("beforeend", `<p id="part"
                hx-get="/broken" hx-trigger="again" hx-target="this" hx-select="unset"
                hx-select-oob="unset">Two plays</p>`);
            htmx.process(document.getElementById("part"));
        }"""
    )
    with song.expect_response(f"{ORIGIN}/broken"):
        song.evaluate("htmx.trigger('#part', 'again')")
    expect(song.locator("#part:not(.htmx-request)")).to_have_text("Two plays")
