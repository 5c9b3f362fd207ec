"""The player against the stream API's contract: what it sends, what it says, what it refuses."""

from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch
from tests.browser.served import COUNTING_SECONDS, HEAD_SECONDS, Api

NBSP = "\u00a0"


def press(page: Page, index: int = 0) -> None:
    page.locator(".track-row [data-play-track]").nth(index).dispatch_event("click")


def seek(page: Page, seconds: float) -> None:
    page.locator("[data-seek]").evaluate(
        "(range, at) => { range.value = at; range.dispatchEvent(new Event('input')); }", seconds
    )


def wait_paid(page: Page) -> None:
    expect(page.locator("[data-paid]")).to_have_text(f"0.94{NBSP}¢ paid", timeout=10_000)


def test_a_play_is_quoted_streamed_counted_and_shown(page: Page, api: Api, watch: Watch) -> None:
    press(page)
    expect(page.locator("[data-paid]")).to_have_text("Free until 0:02")
    wait_paid(page)
    expect(page.locator("[data-earned]")).to_have_text("+24 units")
    expect(page.locator("[data-balance]")).to_have_text("$6.40")
    assert [name for name, _ in api.calls[:3]] == ["quotes", "streams", "heartbeat"]
    assert api.calls[0][1]["surface"] == "press"
    assert watch.faults == []


def test_first_heartbeat_says_nothing_and_the_sum_is_the_sound_played(page: Page, api: Api) -> None:
    press(page)
    wait_paid(page)
    beats = [sent["played_seconds"] for name, sent in api.calls if name == "heartbeat"]
    assert beats[0] == 0
    assert COUNTING_SECONDS <= sum(beats) < COUNTING_SECONDS + 1


def test_pressing_again_pauses_and_pausing_sends_no_heartbeat(page: Page, api: Api) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player")
    beats = api.count("heartbeat")
    page.wait_for_timeout(1_500)
    assert api.count("heartbeat") == beats


def test_a_seek_is_kept_inside_the_head_until_the_play_counts(page: Page) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    seek(page, 11)
    expect(page.locator("#toasts")).to_contain_text("You can jump past 0:04 once the play")
    assert float(page.locator("[data-seek]").input_value()) <= HEAD_SECONDS


def test_a_jump_is_not_listening(page: Page, api: Api) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    seek(page, 3.4)
    page.wait_for_timeout(700)
    assert api.heard_seconds < COUNTING_SECONDS


def test_next_stops_the_stream_and_plays_the_rest_of_the_list_as_a_queue(
    page: Page, api: Api
) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("[data-player] [data-artist]")).to_have_text("Hollis Maren")
    quotes = [sent["surface"] for name, sent in api.calls if name == "quotes"]
    assert quotes == ["press", "queue"]
    assert api.count("stop") == 1


def test_what_is_added_by_hand_plays_next(page: Page) -> None:
    press(page)
    page.get_by_role("button", name="Add A short one to the queue").click()
    page.get_by_role("button", name="Queue", exact=True).click()
    expect(page.locator("[data-queue] li").first).to_contain_text("A short one")


def test_too_little_money_stops_with_a_sentence_and_a_way_out(page: Page, api: Api) -> None:
    api.refuse(
        "heartbeat",
        402,
        code="balance",
        detail="This song costs 0.94 ¢ and you have 0.20 ¢.",
        action={"label": "Top up", "url": "/wallet"},
    )
    press(page)
    toast = page.locator(".toast.error")
    expect(toast).to_contain_text("This song costs 0.94 ¢ and you have 0.20 ¢.")
    expect(toast.get_by_role("link", name="Top up")).to_have_attribute("href", "/wallet")
    expect(page.locator("[data-paid]")).to_have_text("Nothing paid")
    expect(page.locator("[data-player]")).to_have_class("player")


def test_an_expired_quote_goes_on_with_the_new_price_shown(page: Page, api: Api) -> None:
    track = "00000000-0000-4000-8000-000000000001"
    fresh = api.quote(track, price_micros=9_700)
    api.refuse("streams", 409, code="expired", detail="That price has expired.", quote=fresh)
    press(page)
    expect(page.locator("#toasts")).to_contain_text(f"It is 0.97{NBSP}¢ now")
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    opened = [sent["quote"] for name, sent in api.calls if name == "streams"]
    assert opened[-1] == fresh["id"]


def test_resuming_an_ended_stream_takes_a_new_quote_from_the_start(page: Page, api: Api) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    press(page)
    api.refuse("heartbeat", 410, code="ended", detail="This play ended after a minute of silence.")
    press(page)
    wait_paid(page)
    assert api.count("quotes") == 2


def test_space_pauses_but_not_while_typing(page: Page) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.get_by_role("combobox", name="Search").focus()
    page.keyboard.press(" ")
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.locator("#main h1").click()
    page.keyboard.press(" ")
    expect(page.locator("[data-player]")).to_have_class("player")


def test_music_goes_on_over_navigation(page: Page, api: Api) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.locator("#places a", has_text="Wallet").click()
    page.wait_for_url("**/wallet")
    wait_paid(page)
    assert api.count("quotes") == 1
    assert api.count("stop") == 0


def test_closing_the_page_stops_the_stream(page: Page, api: Api) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    page.wait_for_timeout(300)
    assert api.count("stop") == 1
