"""The map of songs in a browser: seen, gone through by keys, played by the product's player."""

import json
import struct
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from csp.utils import build_policy
from django.template import engines
from playwright.sync_api import Browser, Page, Route, expect

from marketplace import styleguide
from marketplace.discovery.sound_map import MAGIC, NOWHERE, Region, Way
from marketplace.templatetags.track_rows import track_row
from tests.browser.chromium import Watch, check_page
from tests.browser.served import ORIGIN, Api, serve
from tests.browser.waiting import becomes, until

NAME = "abcdef012345"
FRAME = {
    "csrf_token": "token",
    "purse": {"available_micros": 0, "spent_month_micros": 0, "cap_micros": None},
    "user": SimpleNamespace(is_authenticated=True, pk=1, name="Nour", get_role_display="Listener"),
}
FRAME_MS = "document.querySelector('canvas').frameMs"
PLACE_OF = "document.querySelector('canvas').placeOf"  # there once the map is
PLACES = {"region": None, "warm": True, "focus": None, "page_query": ""}


def points(n: int, seed: int = 0) -> bytes:
    """`n` songs about the map's middle, the first at the left, the second at the right."""
    x, y = np.clip(np.random.default_rng(seed).normal(0.5, 0.17, (2, n)), 0.01, 0.99)
    x[:2], y[:2] = [0.1, 0.9], 0.5
    across = np.round(np.stack([x, y]) * (NOWHERE - 1)).astype("<u2")
    head = MAGIC + NAME.encode() + struct.pack("<I4f", n, -1, -1, 2, 2)
    return head + across.tobytes() + bytes(n)


class Songs:
    """The server's part: the page, `n` songs of the style guide in turn, and a taste."""

    def __init__(self, n: int) -> None:
        self.n, self.asked, self.status = n, 0, 200
        self.anew, self.off_sale, self.signed_out = 0, set[int](), False
        self.rows = styleguide.sample_rows()

    def page(self, route: Route) -> None:
        chart = SimpleNamespace(
            name=NAME,
            regions=[Region(0, "Drum & Bass, House", "dense", self.n, 0.5, 0.5)],
            ways=[Way("brighter", 1.0, 0.0), Way("darker", -1.0, 0.0)],
        )
        listed = SimpleNamespace(
            rows=[track_row(self.rows[0])], numbers=[0], page=SimpleNamespace(has_other_pages=False)
        )
        context = PLACES | {"chart": chart, "regions": [(chart.regions[0], 100)]}
        context |= {"songs": listed, "on_map": self.n} | FRAME
        html = engines["django"].get_template("discovery/map.html").render(context)
        policy = {"Content-Security-Policy": build_policy()}
        route.fulfill(body=html, content_type="text/html", headers=policy)

    def answer(self, route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.path.endswith("points"):
            body = points(self.n)
            return route.fulfill(
                status=self.status, body=body, content_type="application/octet-stream"
            )
        if url.path.endswith("taste") and self.signed_out:
            return route.fulfill(body="<title>Sign in</title>", content_type="text/html")
        if url.path.endswith("taste"):
            return route.fulfill(json={"map": NAME, "taste": [[0, 1.0]], "heard": [0], "own": [0]})
        self.asked += 1
        if self.anew:
            self.anew -= 1
            return route.fulfill(status=409, json={"detail": "drawn anew"})
        asked = {int(number) for number in parse_qs(url.query)["at"][0].split(",")}
        numbers = sorted(asked - self.off_sale)
        return route.fulfill(body=json.dumps({"songs": [self.song(n) for n in numbers]}))

    def song(self, number: int) -> dict[str, Any]:
        row = self.rows[number % len(self.rows)]
        facts = {name: row[name] for name in ("id", "artist", "cover_url")}
        told = {"number": number, "title": f"Song {number}", "price": "0.94 ¢"}
        return facts | told | {"url": "/songs", "artist_url": "/songs", "genre": ""}


def faults(watch: Watch) -> list[str]:
    """Scripts come uncompressed here: their size is looked at where pages are photographed."""
    return [fault for fault in check_page(watch) if "bytes of scripts" not in fault]


@pytest.fixture
def songs() -> Songs:
    return Songs(40)


@pytest.fixture
def opened(browser: Browser, songs: Songs, api: Api) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    serve(context, api)
    context.route(f"{ORIGIN}/map/*", songs.answer)
    context.route(f"{ORIGIN}/map", songs.page)
    yield context.new_page()
    context.close()


def said_after(page: Page, key: str) -> str:
    page.keyboard.press(key)
    return page.locator("[data-map-said]").inner_text()


def test_keys_go_from_song_to_song_and_play_one(opened: Page, api: Api) -> None:
    watch = Watch(opened)
    opened.goto(f"{ORIGIN}/map")
    until(opened, PLACE_OF)
    opened.locator("canvas").focus()
    opened.keyboard.press("ArrowRight")
    said, card = opened.locator("[data-map-said]"), opened.locator("[data-map-card]")
    expect(said).to_contain_text("by")
    becomes(opened, lambda: said_after(opened, "ArrowRight"), "No song further that way.")
    expect(card).to_contain_text("Song")
    opened.keyboard.press("Enter")
    expect(card.locator("[data-card-play]")).to_have_class("button primary is-playing")
    assert api.count("streams") == 1
    opened.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert faults(watch) == []


def test_a_press_on_a_song_plays_it_and_pointing_at_it_tells_title_and_price(
    opened: Page, api: Api
) -> None:
    opened.goto(f"{ORIGIN}/map")
    tip = opened.locator("[data-map-tip]")
    canvas = opened.locator("canvas")
    until(opened, PLACE_OF)
    x, y = canvas.evaluate("canvas => canvas.placeOf(0)")
    canvas.hover(position={"x": x, "y": y})
    expect(tip).to_contain_text("Song 0")
    expect(tip).to_contain_text("0.94 ¢")
    canvas.click(position={"x": x, "y": y})
    expect(opened.locator("[data-map-card]")).to_contain_text("Part of it is yours.")
    expect(opened.locator("[data-card-play]")).to_have_class("button primary is-playing")
    assert api.count("streams") == 1


def test_what_lies_under_the_pointer_stays_there_as_one_zooms(opened: Page) -> None:
    opened.goto(f"{ORIGIN}/map")
    canvas = opened.locator("canvas")
    until(opened, PLACE_OF)
    x, y = canvas.evaluate("canvas => canvas.placeOf(1)")
    canvas.hover(position={"x": x, "y": y})
    opened.mouse.wheel(0, -600)
    # far off at the left now
    until(opened, f"{PLACE_OF}(0)[0] < 0")
    near = canvas.evaluate("canvas => canvas.placeOf(1)")
    assert near == pytest.approx([x, y], abs=1.5)
    opened.get_by_label("Show all").click()
    until(opened, f"Math.abs({PLACE_OF}(1)[0] - {x}) < 2")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_has_no_fault(opened: Page, width: int, theme: str) -> None:
    opened.set_viewport_size({"width": width, "height": 740})
    opened.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    watch = Watch(opened)
    opened.goto(f"{ORIGIN}/map")
    until(opened, PLACE_OF)
    opened.locator("canvas").focus()
    opened.keyboard.press("ArrowRight")
    expect(opened.locator("[data-map-card]")).to_be_visible()
    assert faults(watch) == []


def test_without_its_points_the_list_remains(opened: Page, songs: Songs) -> None:
    songs.status = 500
    opened.goto(f"{ORIGIN}/map")
    expect(opened.get_by_text("The map could not be loaded")).to_be_visible()
    expect(opened.locator("#map-list .track-row")).to_have_count(1)


def test_a_map_drawn_anew_is_taken_in_place_so_that_what_plays_goes_on(
    opened: Page, songs: Songs
) -> None:
    songs.anew = 1
    opened.goto(f"{ORIGIN}/map")
    opened.evaluate("document.still = true")
    until(opened, PLACE_OF)
    opened.locator("canvas").focus()
    opened.keyboard.press("ArrowRight")
    expect(opened.locator("[data-map-said]")).to_contain_text("Song")
    assert songs.asked > 1
    assert opened.evaluate("document.still")


def test_whoever_signed_out_meanwhile_still_sees_the_map(opened: Page, songs: Songs) -> None:
    songs.signed_out = True
    opened.goto(f"{ORIGIN}/map")
    until(opened, PLACE_OF)
    expect(opened.get_by_text("The map could not be loaded")).to_be_hidden()


def test_a_song_taken_off_sale_meanwhile_says_so(opened: Page, songs: Songs) -> None:
    songs.off_sale = set(range(songs.n))
    opened.goto(f"{ORIGIN}/map")
    until(opened, PLACE_OF)
    opened.locator("canvas").focus()
    opened.keyboard.press("ArrowRight")
    expect(opened.locator("[data-map-said]")).to_have_text("This song is off sale.")
    opened.keyboard.press("Enter")
    expect(opened.locator("[data-map-card]")).to_be_hidden()


def frame_ms_after(page: Page, key: str) -> float:
    """How long the frame took that is drawn after this key."""
    page.evaluate(f"{FRAME_MS} = 0")
    page.keyboard.press(key)
    until(page, FRAME_MS)
    return float(page.evaluate(FRAME_MS))


def test_a_hundred_thousand_songs_are_drawn_within_a_frame_or_two(
    opened: Page, songs: Songs
) -> None:
    songs.n = 100_000
    opened.goto(f"{ORIGIN}/map")
    until(opened, f"{FRAME_MS} > 0")
    opened.locator("canvas").focus()
    # the machine may be busy while one is drawn, not while each is
    becomes(opened, lambda: frame_ms_after(opened, "+") < 250, True)
    assert len(points(songs.n)) == 500_036
    assert songs.asked < 20
