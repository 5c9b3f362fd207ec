"""Every page at its edges: nothing scrolls sideways or lies over anything else, axe is quiet."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from playwright.sync_api import Browser, Page, Route

from marketplace.catalog.models import Track
from marketplace.users.models import User
from tests.browser.chromium import Watch, check_page, chromium
from tests.browser.extremes import (
    ARTIST,
    LONG,
    RIGHT_TO_LEFT,
    UNBROKEN,
    Edges,
    a_label_of,
    edges,
)
from tests.browser.overlap import overlaps
from tests.browser.served import ORIGIN, static
from tests.builders import a_track, a_user, an_artist

Answers = dict[str, HttpResponseBase]
MAKERS = {
    "overview": "/studio",
    "plays": "/studio/plays",
    "payouts": "/payouts",
    "upload": "/upload",
}
LABELS = {"label": "/label", "label-songs": "/label?by=song&sort=title", "roster": "/roster"}
PICTURES = os.environ.get("PICTURES", "")  # a folder: where one may look at what was checked


@pytest.mark.slow
@pytest.mark.django_db
def test_no_page_breaks_at_its_edges() -> None:
    world = edges(timezone.now())
    asked = [
        (None, {"landing": "/"}),
        (world.listener, world.pages),
        (world.maker, MAKERS | world.own),
        (a_user("operator"), {"corrections": "/operations/corrections"}),
        (a_label_of(world.maker, timezone.now()), LABELS),
    ]
    drawn = [(answers(user, list(pages.values())), pages) for user, pages in asked]
    with chromium() as browser:
        faults = [fault for got, pages in drawn for fault in looked_at(browser, got, pages)]
    assert not faults, "\n".join(faults)


@pytest.mark.django_db
def test_long_names_are_whole_where_they_are_the_page_and_isolated_where_they_turn() -> None:
    world: Edges = edges(timezone.now())
    got = answers(world.listener, list(world.pages.values()))
    shown = {name: text(got[path]) for name, path in world.pages.items()}
    assert f"<bdi>{RIGHT_TO_LEFT}</bdi></h1>" in shown["right-to-left"]
    assert f"<bdi>{escape(LONG)}</bdi></h1>" in shown["long"]
    assert f"<bdi>{ARTIST}</bdi></h1>" in shown["artist"]
    assert "505 songs, played 10,000,003 times" in shown["artist"]
    assert "$1,000,00" in shown["wallet"]


@pytest.mark.django_db
def test_an_upload_with_a_long_name_stays_in_its_row_on_a_phone() -> None:
    maker = a_user("artist")
    artist = an_artist(maker)
    for title in (LONG, UNBROKEN, RIGHT_TO_LEFT):
        a_track(artist, title=title)
    Track.objects.update(uploaded_by=maker)
    got = answers(maker, ["/upload"])
    with chromium() as browser:
        context = browser.new_context(viewport={"width": 360, "height": 800})
        context.route("**/*", lambda route: answer(route, got))
        page = context.new_page()
        page.goto(f"{ORIGIN}/upload")
        listed = page.get_by_role("region", name="Your last uploads")
        heights = listed.locator("tbody tr").evaluate_all("all => all.map(tr => tr.offsetHeight)")
        assert max(heights) < 100, heights
        assert listed.evaluate("box => box.scrollWidth - box.clientWidth") == 0


def text(answer: HttpResponseBase) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def answers(user: User | None, paths: list[str]) -> Answers:
    """Refrain's own pages, asked for before the browser comes: the database knows no event loop."""
    client = Client()
    if user:
        client.force_login(user)
    found: Answers = {path: client.get(path) for path in paths}
    assert {answer.status_code for answer in found.values()} == {200}
    return found


def looked_at(browser: Browser, got: Answers, pages: dict[str, str]) -> list[str]:
    context = browser.new_context(reduced_motion="reduce")
    context.route("**/*", lambda route: answer(route, got))
    page = context.new_page()
    faults = [fault for name, path in pages.items() for fault in look(page, path, name)]
    context.close()
    return faults


def look(page: Page, path: str, name: str) -> list[str]:
    """Faults on a light phone, and once the page is made wide and dark."""
    page.set_viewport_size({"width": 360, "height": 800})
    page.emulate_media(color_scheme="light")
    watch = Watch(page)
    page.goto(ORIGIN + path)
    page.wait_for_load_state("networkidle")
    faults = [f"{name} 360: {fault}" for fault in seen(watch, f"{name}-360")]
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(color_scheme="dark")
    return faults + [f"{name} 1280: {fault}" for fault in seen(watch, f"{name}-1280")]


def seen(watch: Watch, picture: str) -> list[str]:
    if PICTURES:
        watch.page.screenshot(path=Path(PICTURES) / f"{picture}.png", full_page=True)
    return check_page(watch) + overlaps(watch.page)


def answer(route: Route, got: Answers) -> None:
    url = urlsplit(route.request.url)
    if url.path.startswith("/static/"):
        return static(route, url.path.removeprefix("/static/"))
    if url.path.endswith("/cover"):
        return static(route, "favicon.svg")
    if url.path in got and "part=" in url.query:
        return route.fulfill(status=204)  # the page asks by itself, every few seconds, what is new
    found = got.get(f"{url.path}?{url.query}" if url.query else url.path)
    if found is None:
        return route.fulfill(status=404)
    kept = ("Content-Type", "Content-Security-Policy")
    headers = {key: str(found.headers[key]) for key in kept}
    return route.fulfill(status=200, body=text(found), headers=headers)
