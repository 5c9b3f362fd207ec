"""Home's list is steered where it stands: the slider by keyboard, a row's menu and Undo."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from csp.utils import build_policy
from django.template import engines
from playwright.sync_api import Browser, Page, Route, expect

from marketplace import styleguide
from marketplace.discovery.exploring import without_chance
from marketplace.discovery.feed import Feed, Lean
from marketplace.users.models import User
from tests.browser.chromium import Watch, check_page
from tests.browser.served import ORIGIN, Api, serve

HOME = f"{ORIGIN}/home"
PAGE = """{% extends "base.html" %}{% block content %}<h1>Home</h1>
<section><h2>For now, and why</h2>{% include "discovery/leaning.html" %}
<ol class="track-list">{% for row in rows %}{% track_row row %}{% endfor %}</ol></section>
{% endblock %}"""


class Home:
    """The page as the server would draw it, and what it was told."""

    def __init__(self) -> None:
        self.steps = 0
        self.told: list[tuple[str, dict[str, list[str]]]] = []
        self.gone: set[str] = set()

    def page(self, route: Route) -> None:
        found = Feed(
            [], [], None, Lean(self.steps, 4 + self.steps, 14, 0.5, 3.0), without_chance([])
        )
        rows = [row for row in styleguide.sample_rows()[:4] if row["id"] not in self.gone]
        html = (
            engines["django"]
            .from_string(PAGE)
            .render(
                {
                    "csrf_token": "token",
                    "user": User(pk=7, name="Listener", email="listener@example.com"),
                    "purse": {"available_micros": 0, "spent_month_micros": 0, "cap_micros": None},
                    "rows": rows if self.steps <= 0 else rows[::-1],
                    "feed": found,
                    "by": "all",
                }
            )
        )
        policy = {"Content-Security-Policy": build_policy()}
        route.fulfill(body=html, content_type="text/html", headers=policy)

    def lean(self, route: Route) -> None:
        sent = self.heard(route)
        assert route.request.headers["x-csrftoken"] == "token"
        self.steps = int(sent["steps"][0])
        self.page(route)

    def dislike(self, route: Route) -> None:
        sent = self.heard(route)
        song = urlsplit(route.request.url).path.split("/")[2]
        (self.gone.discard if "undo" in sent else self.gone.add)(song)
        route.fulfill(status=204)

    def heard(self, route: Route) -> dict[str, list[str]]:
        sent = parse_qs(route.request.post_data or "")
        self.told.append((urlsplit(route.request.url).path, sent))
        return sent


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture(params=[1280, 360])
def listening(browser: Browser, home: Home, request: pytest.FixtureRequest) -> Iterator[Page]:
    size = {"width": request.param, "height": 800}
    context = browser.new_context(viewport=size, reduced_motion="reduce")  # type: ignore[arg-type]
    serve(context, Api())
    context.route(HOME, home.page)
    context.route(f"{ORIGIN}/lean", home.lean)
    context.route(f"{ORIGIN}/tracks/*/dislike", home.dislike)
    page = context.new_page()
    page.goto(HOME)
    yield page
    context.close()


def menu(page: Page, song: str) -> None:
    page.get_by_role("button", name=f"More for {song}").click()


def test_the_slider_is_moved_by_keys_and_the_list_follows_in_place(
    listening: Page, home: Home
) -> None:
    watch = Watch(listening)
    listening.evaluate("window.sameDocument = true")
    slider = listening.get_by_role("slider", name="From what I know to surprises")
    slider.focus()
    expect(slider).to_have_attribute("aria-valuetext", "As it comes")
    expect(slider).to_have_accessible_description(
        "As it comes: 4 artists; half of the songs have 14 listeners or fewer."
    )
    listening.keyboard.press("End")
    expect(listening.locator("#lean-effect")).to_contain_text("Surprise me: 7 artists")
    expect(listening.locator(".track-row .title").first).to_have_text("Just out")
    expect(slider).to_be_focused()
    expect(slider).to_have_attribute("aria-valuetext", "Surprise me")
    said = listening.locator("#toasts [data-said]")
    expect(said).to_contain_text("Surprise me: 7 artists;")
    assert home.told == [("/lean", {"by": ["all"], "steps": ["3"]})]
    listening.keyboard.press("ArrowLeft")
    expect(listening.locator("#lean-effect")).to_contain_text("Mostly surprises: 6 artists")
    assert listening.evaluate("window.sameDocument")
    assert listening.url == HOME
    assert check_page(watch) == []


def test_keys_pressed_one_after_another_all_count(listening: Page, home: Home) -> None:
    listening.clock.install()
    listening.clock.pause_at("2100-01-01")  # so that both are pressed before the slider rests
    listening.locator("#lean").focus()
    for _ in range(2):
        listening.keyboard.press("ArrowRight")
    listening.clock.resume()
    expect(listening.locator("#lean-effect")).to_contain_text("Mostly surprises: 6 artists")
    listening.locator("#toasts [data-said]").wait_for(state="attached")
    listening.clock.run_for(2_000)
    expect(listening.locator("#loading")).not_to_have_class(re.compile("htmx-request"))
    assert [sent["steps"] for _, sent in home.told] == [["2"]]


def test_a_key_pressed_while_the_list_comes_counts_too(listening: Page, home: Home) -> None:
    slider = listening.locator("#lean")
    listening.evaluate(
        """() => document.addEventListener("htmx:beforeSwap", () => {
            const slider = document.getElementById("lean");
            slider.value = "3";
            slider.dispatchEvent(new Event("change", { bubbles: true }));
        }, { once: true })"""
    )
    slider.focus()
    listening.keyboard.press("ArrowRight")
    expect(listening.locator("#lean-effect")).to_contain_text("Surprise me: 7 artists")
    assert [sent["steps"] for _, sent in home.told] == [["1"], ["3"]]
    expect(slider).to_have_value("3")
    expect(slider).to_be_focused()


def test_not_for_me_takes_the_row_away_and_undo_puts_it_back(listening: Page, home: Home) -> None:
    menu(listening, "Ghost Ferry")
    listening.get_by_role("menuitem", name="Not for me").click()
    row = listening.locator(".track-row", has_text="Ghost Ferry")
    expect(row).to_be_hidden()
    expect(listening.locator(".track-row [data-menu]").nth(1)).to_be_focused()
    listening.get_by_role("button", name="Undo").click()
    expect(row).to_be_visible()
    assert [sent for _, sent in home.told] == [{}, {"undo": ["1"]}]


def test_less_like_this_draws_the_list_anew_and_undo_as_it_was(listening: Page, home: Home) -> None:
    listening.evaluate("window.sameDocument = true")
    watch = Watch(listening)
    menu(listening, "Ghost Ferry")
    listening.get_by_role("menuitem", name="Less like this").click()
    rows = listening.locator(".track-row")
    expect(rows).to_have_count(3)
    expect(listening.locator(".toast")).to_contain_text("what is like it moves down")
    expect(listening.locator("#main [data-menu]").nth(1)).to_be_focused()
    assert check_page(watch) == []
    listening.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(4)
    assert [sent for _, sent in home.told] == [{"less": ["1"]}, {"undo": ["1"]}]
    assert listening.evaluate("window.sameDocument")
