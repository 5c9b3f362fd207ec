"""Listening without an account: the free part, its soft end, and an account right there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.chromium import Watch, check_page
from tests.browser.served import COUNTING_SECONDS, LATE_SECONDS, ORIGIN, Api, serve
from tests.browser.waiting import answered, becomes, until

NBSP = "\u00a0"
WRONG = frozenset({422})


@pytest.fixture
def api() -> Api:
    return Api(signed_in=False)


@pytest.fixture
def visitor(browser: Browser, api: Api) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    serve(context, api)
    page = context.new_page()
    page.goto(f"{ORIGIN}/songs?q=tide")
    # what the one <audio>, which no page shows, does, and whether it is left playing too long
    page.evaluate(
        """counting => {
        window.volumes = [];
        window.left = [];
        // once all that listens to the same moment has heard of it, the player too
        const late = (sound) => !sound.paused && sound.currentTime >= counting;
        const look = ({ target }) =>
            setTimeout(() => late(target) && window.left.push(target.currentTime));
        const set = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "volume");
        Object.defineProperty(HTMLMediaElement.prototype, "volume", {
            get() { return set.get.call(this); },
            set(value) {
                if (this.src && window.sound !== this) {
                    window.sound = this;
                    this.addEventListener("timeupdate", look);
                }
                if (this.src) window.volumes.push(value);
                set.set.call(this, value);
            },
        });
    }""",
        COUNTING_SECONDS,
    )
    yield page
    context.close()


def press(page: Page) -> None:
    page.locator(".track-row [data-play-track]").first.dispatch_event("click")


def hear_it_out(page: Page) -> None:
    press(page)
    expect(page.get_by_role("dialog")).to_be_visible()


def test_one_press_plays_at_once_and_asks_the_server_for_nothing_but_sound(
    visitor: Page, api: Api
) -> None:
    watch = Watch(visitor)
    api.count_late()
    press(visitor)
    expect(visitor.locator("[data-player]")).to_have_class("player is-playing")
    expect(visitor.locator("[data-paid]")).to_have_text(f"Free until 0:{LATE_SECONDS[0]}")
    expect(visitor.locator("[data-earned]")).to_have_text(f"then 0.94{NBSP}¢")
    becomes(visitor, lambda: {name for name, _ in api.calls}, {"head", "sign-up GET"})
    assert watch.faults == []


def test_the_sound_fades_out_at_the_counting_point_and_the_panel_opens(visitor: Page) -> None:
    watch = Watch(visitor)
    hear_it_out(visitor)
    assert visitor.evaluate("window.sound.paused")
    assert visitor.evaluate("window.sound.currentTime") >= COUNTING_SECONDS
    assert visitor.evaluate("window.left") == []
    falling = visitor.evaluate("window.volumes.slice(0, -1)")
    assert falling == sorted(falling, reverse=True)
    assert falling[0] == 1 > falling[-1]  # by how much depends on how often a busy machine draws
    assert visitor.evaluate("window.sound.volume") == 1, "the next song is as loud as before"
    expect(visitor.locator("[data-paid]")).to_have_text("The free part is over")
    expect(visitor.get_by_role("heading", name="You have heard the free part")).to_be_focused()
    assert check_page(watch) == []


def test_nobody_jumps_past_the_free_part(visitor: Page, api: Api) -> None:
    api.count_late()
    counting, head = LATE_SECONDS
    press(visitor)
    expect(visitor.locator("[data-player]")).to_have_class("player is-playing")
    until(visitor, "window.sound !== undefined")
    beyond = """(range, head) => {
        range.value = head - 1;
        range.dispatchEvent(new Event("input"));
        return window.sound.currentTime;
    }"""
    assert visitor.locator("[data-seek]").evaluate(beyond, head) < counting
    expect(visitor.locator("#toasts")).to_contain_text(f"The free part ends at 0:{counting}.")


def test_the_panel_closes_by_key_opens_by_play_and_plays_again(visitor: Page, api: Api) -> None:
    hear_it_out(visitor)
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("dialog")).to_be_hidden()
    visitor.locator('[data-command="toggle"]').click()
    expect(visitor.get_by_role("dialog")).to_be_visible()
    visitor.keyboard.press("Escape")
    expect(visitor.get_by_role("dialog")).to_be_hidden()
    visitor.locator("[data-stage] .wave-canvas").first.click()
    expect(visitor.get_by_role("dialog")).to_be_visible()
    api.count_late()
    visitor.get_by_role("button", name="Hear the free part again").click()
    expect(visitor.get_by_role("dialog")).to_be_hidden()
    expect(visitor.locator("[data-player]")).to_have_class("player is-playing")
    assert api.count("head") == 2


def test_the_button_keeps_its_size_while_the_account_is_made(visitor: Page) -> None:
    hear_it_out(visitor)
    held: list[Route] = []
    visitor.route("**/sign-up", lambda route: held.append(route))
    button = visitor.get_by_role("button", name="Make my account")
    before = button.bounding_box()
    button.click()
    expect(button).to_have_attribute("aria-busy", "true")
    assert button.bounding_box() == before
    becomes(visitor, lambda: len(held), 1)
    held[0].abort()


def test_an_error_stands_beside_its_field_and_nothing_written_is_lost(visitor: Page) -> None:
    watch = Watch(visitor, expected_statuses=WRONG)
    hear_it_out(visitor)
    visitor.get_by_label("E-mail").fill("noor@example.org")
    visitor.get_by_label("Password", exact=True).fill("a long password")
    visitor.get_by_role("button", name="Make my account").click()
    expect(visitor.locator("#join .wrong .error")).to_have_text("Write the name.")
    expect(visitor.get_by_label("Your name")).to_be_focused()
    expect(visitor.get_by_label("E-mail")).to_have_value("noor@example.org")
    expect(visitor.get_by_label("Password", exact=True)).to_have_value("a long password")
    visitor.get_by_role("button", name="Show the password").click()
    expect(visitor.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    assert visitor.url == f"{ORIGIN}/songs?q=tide"
    assert check_page(watch) == []
    visitor.get_by_label("Your name").press_sequentially("N")  # what was wrong is being mended
    expect(visitor.locator("#join .error")).to_have_count(0)
    wrong = "#join :is(.wrong, [aria-invalid], [aria-describedby*=_error])"
    expect(visitor.locator(wrong)).to_have_count(0)


def test_the_song_begins_again_when_the_account_is_made_and_it_is_said(
    visitor: Page, api: Api
) -> None:
    watch = Watch(visitor)
    hear_it_out(visitor)
    expect(visitor.locator("#join .actions")).to_contain_text("It begins again")
    visitor.get_by_label("Your name").fill("Noor")
    visitor.get_by_role("button", name="Make my account").click()
    visitor.wait_for_selector("body[data-signed-in=true]")
    assert visitor.url == f"{ORIGIN}/songs?q=tide"
    expect(visitor.locator("[data-player]")).to_have_class("player is-playing")
    expect(visitor.locator("#toasts")).to_contain_text("begins again")
    assert api.count("streams") == 1
    expect(visitor.locator("#join")).to_have_count(0)
    visitor.reload()
    expect(visitor.locator("[data-player] [data-title]")).to_be_visible()
    answered(visitor)
    assert api.count("streams") == 1, "it plays on once, not at every reload"
    assert watch.faults == []


def test_signing_in_instead_leads_back_to_where_one_is_now_and_plays_on(
    visitor: Page, api: Api
) -> None:
    press(visitor)
    visitor.locator("#places a", has_text="Wallet").click()
    visitor.wait_for_url("**/wallet")
    expect(visitor.get_by_role("dialog")).to_be_visible()
    visitor.locator("#join").get_by_role("link", name="Sign in").click()
    visitor.wait_for_url("**/login?next=%2Fwallet")
    api.signed_in = True  # what the form does
    visitor.goto(f"{ORIGIN}/wallet")
    expect(visitor.locator("[data-player]")).to_have_class("player is-playing")
    assert api.count("streams") == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_panel_fits_a_phone(browser: Browser, api: Api, theme: str) -> None:
    context = browser.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    serve(context, api)
    page = context.new_page()
    watch = Watch(page)
    page.goto(ORIGIN)
    hear_it_out(page)
    assert check_page(watch) == []
    context.close()
