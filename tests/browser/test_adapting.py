"""What a reader asks the system for: paper, forced colours, less motion; a server out of reach."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.chromium import sideways
from tests.browser.keyboard import Keyboard
from tests.browser.served import ORIGIN, Api, serve
from tests.browser.test_player import press, wait_paid

STOPS = 60


def test_paper_shows_the_receipt_black_on_white_without_the_frame(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    for part in (".rail", ".topbar", ".dock", "#main .chips", ".command button"):
        expect(page.locator(part).first).to_be_hidden()
    slip = page.locator(".receipt").first
    expect(slip).to_be_visible()
    paper, ink = page.evaluate(
        """() => [document.body, document.querySelector(".receipt h2")]
            .map((one, i) => getComputedStyle(one)[i ? "color" : "backgroundColor"])"""
    )
    assert (paper, ink) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_name_without_a_space_leaves_no_notice_or_split(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.evaluate(
        """name => {
            for (const one of document.querySelectorAll(".notice b, .who td:first-child"))
                one.textContent = name;
        }""",
        "Rindfleischetikettierungsueberwachungsaufgabenuebertragung",
    )
    assert sideways(page) == []


def test_the_browsers_own_frame_follows_the_theme_that_is_chosen(page: Page) -> None:
    colours = """[...document.querySelectorAll("meta[name='theme-color']")]
        .filter((meta) => matchMedia(meta.media).matches).map((meta) => meta.dataset.of)"""
    page.emulate_media(color_scheme="light")
    assert page.evaluate(colours) == ["light"]
    page.locator("[data-switch-theme]").first.click()
    assert page.evaluate(colours) == ["dark"]
    page.reload()
    assert page.evaluate(colours) == ["dark"]


def test_less_motion_moves_nothing(page: Page) -> None:
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter((one) => {
            const style = getComputedStyle(one);
            return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
        }).map((one) => one.className)"""
    )
    assert moving == []


@pytest.fixture
def forced(browser: Browser, api: Api) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, forced_colors="active", reduced_motion="reduce"
    )
    serve(context, api)
    opened = context.new_page()
    opened.goto(ORIGIN)
    yield opened
    context.close()


def test_the_focus_is_seen_in_forced_colours(forced: Page) -> None:
    keys = Keyboard(forced)
    met = [keys.step() for _ in range(STOPS)]
    assert len(set(met)) > STOPS / 3


def test_forced_colours_keep_what_fills_say(forced: Page) -> None:
    """The chosen filter and the parts of a ring differ from the ground and each other."""
    colours = forced.evaluate(
        """() => {
            const ground = getComputedStyle(document.body).backgroundColor;
            const chosen = getComputedStyle(document.querySelector(".chip[aria-current]"));
            const parts = [...document.querySelectorAll(".ring circle")];
            const ring = parts.map((one) => getComputedStyle(one).stroke);
            return {ground, chosen: chosen.backgroundColor, ring: [...new Set(ring)]};
        }"""
    )
    assert colours["chosen"] != colours["ground"]
    assert len(colours["ring"]) > 2


def cut(page: Page) -> None:
    """From now on the server can't be reached."""
    page.context.unroute_all()
    page.context.route("**/*", lambda route: route.abort("connectionrefused"))


def test_a_page_out_of_reach_says_so_and_tries_again(page: Page, api: Api) -> None:
    cut(page)
    page.locator("#places a", has_text="Songs").click()
    toast = page.locator("#toasts .toast.error")
    expect(toast).to_contain_text("Refrain can’t be reached. This page stays")
    toast.evaluate("(shown) => shown.classList.add('of-songs')")
    page.locator("#places a", has_text="Wallet").click()
    expect(page.locator("#toasts .of-songs")).to_have_count(0)
    expect(toast).to_have_count(1)
    page.context.unroute_all()
    serve(page.context, api)
    toast.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/wallet")
    expect(toast).to_have_count(0)


def test_a_part_that_asks_by_itself_says_nothing(page: Page) -> None:
    cut(page)
    failed = "htmx.ajax('GET', '/now', {target: '#main', swap: 'none'}).catch(() => 'failed')"
    assert page.evaluate(failed) == "failed"
    expect(page.locator("#toasts .toast.error")).to_have_count(0)


def test_a_song_out_of_reach_says_so_in_the_player_and_tries_again(page: Page, api: Api) -> None:
    cut(page)
    press(page)
    expect(page.locator("[data-paid]")).to_have_text("No connection")
    toast = page.locator("#toasts .toast.error")
    expect(toast).to_contain_text("Refrain can’t be reached. Nothing was paid.")
    page.context.unroute_all()
    serve(page.context, api)
    toast.get_by_role("button", name="Try again").click()
    wait_paid(page)


def test_a_lost_heartbeat_is_said_and_taken_back(page: Page, api: Api) -> None:
    def lose(route: Route) -> None:
        route.abort("connectionrefused")

    api.heartbeat_seconds = 0.5
    page.context.route("**/heartbeat?*", lose)
    press(page)
    expect(page.locator("[data-paid]")).to_have_text("No connection")
    page.context.unroute("**/heartbeat?*", lose)
    wait_paid(page)


def test_what_a_page_only_tells_leaves_by_itself(page: Page) -> None:
    page.clock.install()
    page.goto(ORIGIN)
    page.evaluate("""() => {
        document.getElementById("messages").innerHTML =
            '<div class="toast success">Told</div><div class="toast error">Wrong</div>';
        document.dispatchEvent(new Event("htmx:afterSettle"));
    }""")
    page.clock.fast_forward(8_000)
    expect(page.locator("#messages .toast")).to_have_text(["Wrong"])


def test_the_chosen_chip_is_in_view_on_a_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    names = ("Liked", "Playlists", "History", "Left out")
    chips = "".join(f'<a class="chip">{name}</a>' for name in names)
    page.evaluate(
        """(chips) => {
            const main = document.querySelector("main");
            main.insertAdjacentHTML("afterbegin", chips);
            htmx.trigger(main, "htmx:load", { elt: main });
        }""",
        f'<nav class="chips" id="row">{chips}<a class="chip" aria-current="page">Not you</a></nav>',
    )
    expect(page.locator("#row [aria-current]")).to_be_in_viewport(ratio=1)
