"""The player against the stream API's contract: what it sends, what it says, what it refuses."""

from playwright.sync_api import Browser, Page, expect

from marketplace import styleguide
from tests.browser.chromium import Watch, axe_faults
from tests.browser.served import (
    COUNTING_SECONDS,
    DURATION_SECONDS,
    LATE_SECONDS,
    ORIGIN,
    Api,
    serve,
)
from tests.browser.waiting import answered, becomes, note, noted, until

NBSP = "\u00a0"
LAST_SECOND = DURATION_SECONDS - 1
NEAR_THE_END = DURATION_SECONDS - 14  # the next head is fetched
# What has sound ready to be played in the very turn in which a song ends.
HEARD = """
window.atOnce = [];
let ended = false;
const Plain = window.Audio;
window.Audio = class extends Plain {
  constructor() {
    super();
    window.spare = this; // of two, the second made
    this.addEventListener("ended", () => {
      ended = true;
      setTimeout(() => { ended = false; });
    });
  }
  play() {
    if (ended && this.readyState >= this.HAVE_FUTURE_DATA) window.atOnce.push(this.src);
    return super.play();
  }
};
"""
# The parts of the player on a phone's whole screen stand one below the other, none over another.
APART = """(() => {
  const parts = ["[data-full]", ".cover", ".title", ".wave-box", ".paid", "[data-command=toggle]"];
  const find = part => document.querySelector(`.player ${part}`);
  const boxes = parts.map(part => find(part).getBoundingClientRect());
  const seen = boxes.filter(box => box.height);
  return seen.every((box, i) => !i || box.top >= seen[i - 1].bottom);
})()"""
# How many bars of the first row's small waveform are filled.
FILLED_BARS = """[".free-heard", ".heard"].map(part =>
  document.querySelector(`.track-row.playing > .wave ${part}`)?.getAttribute("d") ?? ""
).join("").split("M").length - 1"""
HEARD_SECONDS = "Math.max(...window.sounds.map(sound => sound.currentTime))"


def press(page: Page, index: int = 0) -> None:
    page.locator(".track-row [data-play-track]").nth(index).dispatch_event("click")


def seek(page: Page, seconds: float) -> None:
    page.locator("[data-seek]").evaluate(
        "(range, at) => { range.value = at; range.dispatchEvent(new Event('input')); }", seconds
    )


def wait_paid(page: Page) -> None:
    expect(page.locator("[data-paid]")).to_have_text(f"0.94{NBSP}¢ paid")


DAY = """<aside id="your-day">0 songs<span data-after-paying hx-get="/?part=today"
hx-trigger="paid" hx-target="closest aside" hx-swap="outerHTML" hx-select="unset"></span></aside>"""


def test_a_play_is_quoted_streamed_counted_and_shown(page: Page, api: Api, watch: Watch) -> None:
    page.route("**/?part=today", lambda route: route.fulfill(body="<p id=day>1 song paid</p>"))
    page.evaluate(
        "day => { main.insertAdjacentHTML('beforeend', day); htmx.process(main.lastChild); }", DAY
    )
    for part in ("[data-paid]", "#balance"):
        note(page, part)
    press(page)
    wait_paid(page)
    assert "Free until 0:02" in noted(page, "[data-paid]")
    assert any(f"0.94{NBSP}¢ held" in text for text in noted(page, "#balance"))
    expect(page.locator("[data-earned]")).to_have_text("+24 units")
    expect(page.locator("#balance")).to_have_text("$6.40balance")
    expect(page.locator("#day")).to_have_text("1 song paid")
    assert [name for name, _ in api.calls[:3]] == ["streams", "heartbeat", "heartbeat"]
    assert api.calls[0][1]["surface"] == "press"
    assert watch.faults == []
    told = page.locator("#toasts .toast")
    expect(told).to_contain_text("units of it are yours")
    told.get_by_role("button", name="Dismiss").click()
    page.get_by_role("button", name="Next").click()
    wait_paid(page)
    expect(told).to_have_count(0)  # said once; from then on the player says it


def test_first_heartbeat_says_nothing_and_the_sum_is_the_sound_played(page: Page, api: Api) -> None:
    press(page)
    wait_paid(page)
    beats = [sent["played_seconds"] for sent in api.sent("heartbeat")]
    assert beats[0] == 0
    assert COUNTING_SECONDS <= sum(beats) <= page.evaluate(HEARD_SECONDS)


def test_pressing_again_pauses_and_pausing_sends_no_heartbeat(page: Page, api: Api) -> None:
    api.count_late()
    api.heartbeat_seconds = 0.5
    press(page)
    becomes(page, lambda: api.count("heartbeat") > 1, True)
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player")
    answered(page)
    beats = api.count("heartbeat")
    page.wait_for_timeout(1_000)  # twice as long as until the next one would have been sent
    assert api.count("heartbeat") == beats


def test_a_seek_is_kept_inside_the_head_until_the_play_counts(page: Page, api: Api) -> None:
    api.count_late()
    counting, head = LATE_SECONDS
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    wave = page.locator("[data-stage] .wave-canvas").first
    box = wave.bounding_box()
    assert box is not None
    wave.click(position={"x": box["width"] - 20, "y": 90})
    expect(page.locator("#toasts")).to_contain_text(
        f"You can jump past 0:{head} once the play has counted, at 0:{counting}"
    )
    until(page, f"{HEARD_SECONDS} > {counting}")
    assert page.evaluate(HEARD_SECONDS) < head


def test_a_phone_shows_the_player_large_and_nothing_behind_it(page: Page, watch: Watch) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    press(page)
    page.get_by_role("button", name="Show the player large").click()
    small = page.get_by_role("button", name="Make the player small")
    expect(small).to_be_focused()
    expect(small).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("button", name="Next")).to_be_in_viewport(ratio=1)
    expect(page.locator(".player .wave")).to_be_visible()
    expect(page.locator(".frame")).to_have_js_property("inert", True)
    assert watch.faults == []
    assert axe_faults(page) == []
    for width, height in ((360, 640), (320, 480), (667, 375)):
        page.set_viewport_size({"width": width, "height": height})
        until(page, APART)
    page.set_viewport_size({"width": 360, "height": 740})
    page.keyboard.press("Escape")
    expect(page.locator(".frame")).to_have_js_property("inert", False)
    large = page.get_by_role("button", name="Show the player large")
    expect(large).to_be_focused()
    large.click()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.locator('[data-command="toggle"]')).to_be_focused()
    expect(page.locator(".frame")).to_have_js_property("inert", False)


def test_the_way_back_and_escape_where_nothing_has_the_focus_make_the_player_small(
    page: Page,
) -> None:
    page.evaluate("delete window.CloseWatcher")  # as in browsers that lack it
    page.set_viewport_size({"width": 360, "height": 740})
    press(page)
    page.locator("#places-phone a", has_text="Wallet").click()
    page.wait_for_url("**/wallet")
    large = page.get_by_role("button", name="Show the player large")
    large.click()
    page.locator("[data-player] .cover").click()
    page.keyboard.press("Escape")
    expect(large).to_be_focused()
    large.click()
    page.go_back()
    expect(page.locator(".frame")).to_have_js_property("inert", False)
    expect(page.locator("#main h1").first).to_be_focused()


def test_a_jump_is_not_listening(page: Page, api: Api) -> None:
    api.count_late()
    api.heartbeat_seconds = 0.5
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    seek(page, 30)
    until(page, f"{HEARD_SECONDS} > 30")
    until(page, f"{FILLED_BARS} > 0")
    told = api.count("heartbeat")
    becomes(page, lambda: api.count("heartbeat") > told, True)
    assert api.heard_seconds < 30


def test_next_stops_the_stream_and_plays_the_rest_of_the_list_as_a_queue(
    page: Page, api: Api
) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    with page.expect_response("**/streams"), page.expect_response("**/stop?*"):
        page.get_by_role("button", name="Next").click()
    expect(page.locator("[data-player] [data-artist]")).to_have_text("Hollis Maren")
    pressed = [sent["surface"] for name, sent in api.calls if name == "streams"]
    assert pressed == ["press", "queue"]
    assert api.count("stop") == 1


def menu(page: Page, row: int, entry: str) -> None:
    page.locator(".track-row [data-menu]").nth(row).click()
    page.get_by_role("menuitem", name=entry).click()


def expect_queued(page: Page, titles: list[str]) -> None:
    expect(page.locator("[data-queue] li b")).to_have_text(titles)


def test_what_is_added_by_hand_plays_before_the_rest_of_the_list(page: Page) -> None:
    press(page)
    titles = [row["title"] for row in styleguide.sample_rows()]
    menu(page, 2, "Add to the queue")
    menu(page, 3, "Play next")
    page.get_by_role("button", name="Queue", exact=True).click()
    expect_queued(page, [titles[3], titles[2], *titles[1:]])
    prices = page.locator(".track-row .price b").all_text_contents()
    waiting = page.locator("[data-queue] .queue-play")
    expect(waiting.first).to_contain_text(prices[3])
    expect(waiting.last).to_contain_text(prices[-1])


def test_the_queue_is_put_in_order_by_keyboard_and_kept_over_a_reload(page: Page) -> None:
    press(page)
    page.keyboard.press("q")
    before = [row["title"] for row in styleguide.sample_rows()[1:]]
    expect(page.locator("[data-queue-close]")).to_be_focused()
    expect_queued(page, before)
    page.locator("[data-queue] [data-handle]").first.focus()
    page.keyboard.press("ArrowDown")
    after = [before[1], before[0], *before[2:]]
    expect_queued(page, after)
    expect(page.locator("[data-queue] [data-handle]").nth(1)).to_be_focused()
    page.locator("[data-queue-remove]").nth(2).click()
    page.reload()
    expect(page.locator("[data-player]")).to_be_visible()
    page.keyboard.press("q")
    expect_queued(page, [*after[:2], *after[3:]])
    page.locator("[data-queue-play]").first.click()
    expect(page.locator("[data-player] [data-title]")).to_have_text(after[0])


def test_a_song_is_shared_by_its_address(page: Page) -> None:
    track = page.locator(".track-row [data-menu]").nth(1).get_attribute("data-menu")
    menu(page, 1, "Share")  # without TLS, as here, the address is shown to be copied by hand
    expect(page.locator(".toast", has_text=f"/tracks/{track}")).to_be_visible()


def test_a_link_that_may_not_be_copied_is_shown(page: Page) -> None:
    page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard", {
            value: {writeText: async () => { throw new DOMException("", "NotAllowedError"); }},
        })"""
    )
    menu(page, 1, "Share")
    expect(page.locator(".toast", has_text="/tracks/")).to_be_visible()


def test_a_menu_moves_by_arrow_keys_and_gives_the_focus_back(page: Page) -> None:
    opener = page.locator(".track-row [data-menu]").first
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem").last).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "true")
    assert axe_faults(page) == []
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")


def test_letters_are_the_players_keys_and_a_question_mark_lists_them(page: Page, api: Api) -> None:
    api.count_late()
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.keyboard.press("m")
    expect(page.locator('[data-command="mute"]')).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("k")
    expect(page.locator("[data-player]")).to_have_class("player")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("km")
    expect(page.locator("[data-player]")).to_have_class("player")


def test_the_system_is_told_what_plays_and_where(page: Page) -> None:
    press(page)
    wait_paid(page)
    told = page.evaluate("navigator.mediaSession.metadata.title")
    assert told == styleguide.sample_rows()[0]["title"]
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing"


def test_the_next_head_is_fetched_without_a_quote_and_starts_at_once(
    browser: Browser, api: Api
) -> None:
    context = browser.new_context()
    serve(context, api)
    page = context.new_page()
    page.add_init_script(HEARD)
    page.goto(ORIGIN)
    press(page)
    wait_paid(page)
    assert api.count("head") == 0
    seek(page, NEAR_THE_END)
    until(page, "window.spare.readyState >= window.spare.HAVE_FUTURE_DATA")
    assert api.count("head") >= 1
    assert api.count("streams") == 1
    seek(page, LAST_SECOND)
    second = styleguide.sample_rows()[1]["title"]
    expect(page.locator("[data-player] [data-title]")).to_have_text(second)
    assert [src.rsplit("/", 1)[1] for src in page.evaluate("window.atOnce")] == ["head"]
    wait_paid(page)  # the stream took over from the head and was heard
    assert [sent["surface"] for sent in api.sent("streams")] == ["press", "queue"]
    context.close()


def test_a_song_played_alone_ends_in_words_and_the_next_one_waits_to_be_asked_for(
    page: Page, api: Api
) -> None:
    page.locator(".button[data-play-track]").dispatch_event("click")
    wait_paid(page)
    page.keyboard.press("q")
    seek(page, LAST_SECOND)
    told = page.locator("#toasts .toast.asking")
    following = styleguide.sample_rows()[1]["title"]
    expect(told).to_contain_text(f"Like it: “{following}”")
    expect(page.locator("[data-paid]")).to_have_text("Ended")
    expect(page.locator("[data-earned]")).to_have_text(f"next for 0.85{NBSP}¢")
    expect(page.locator("[data-queue-empty]")).to_be_hidden()  # something waits to be asked for
    expect(page.locator("[data-queue-offered]")).to_contain_text(following)
    expect(page.locator("[data-queue-offer-price]")).to_contain_text(f"0.85{NBSP}¢")
    assert api.count("streams") == 1  # nothing more is paid by itself
    assert axe_faults(page) == []
    told.get_by_role("button", name="Play it for").click()  # above the open queue
    expect(page.locator("[data-player] [data-title]")).to_have_text(following)
    wait_paid(page)
    expect(told).to_have_count(0)
    assert api.count("streams") == 2


def test_radio_says_what_it_spends_and_stops_in_a_sentence(page: Page, api: Api) -> None:
    note(page, "[data-today]")
    menu(page, 0, "Start radio")
    dialog = page.get_by_role("dialog", name="Radio from")
    assert axe_faults(page) == []
    dialog.get_by_label("10\u00a0¢").check()
    dialog.get_by_role("button", name="Start").click()
    wait_paid(page)
    spent = "{}\u00a0¢ of 10.00\u00a0¢ in this radio"
    expect(page.locator("[data-today]")).to_have_text(spent.format("0.94"))
    assert spent.format("0.00") in noted(page, "[data-today]")
    assert [sent["surface"] for sent in api.sent("streams")] == ["radio"]
    page.keyboard.press("q")
    expect(page.locator("[data-queue-radio]")).to_contain_text("Radio from")
    expect(page.locator("[data-queue] li").first).to_contain_text("Close in sound")
    assert axe_faults(page) == []
    expect_queued(page, [row["title"] for row in styleguide.sample_rows()[1:]])
    page.evaluate(
        """() => {
            const kept = JSON.parse(localStorage["refrain-queue-7"]);
            kept.radio.spentMicros = 95000;
            localStorage["refrain-queue-7"] = JSON.stringify(kept);
        }"""
    )
    page.reload()
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#toasts")).to_contain_text(
        f"The radio has stopped: 9.50{NBSP}¢ of its 10.00{NBSP}¢ are spent"
    )


def test_too_little_money_plays_the_free_part_with_a_sentence_and_a_way_out(
    page: Page, api: Api
) -> None:
    api.refuse(
        "heartbeat",
        402,
        code="balance",
        detail="This song costs 0.94 ¢ and you have 0.20 ¢.",
        action={"label": "Top up", "url": "/wallet"},
    )
    note(page, "[data-paid]")
    press(page)
    toast = page.locator("#toasts .toast.error")
    expect(toast).to_contain_text("This song costs 0.94 ¢ and you have 0.20 ¢.")
    expect(toast.get_by_role("link", name="Top up")).to_have_attribute("href", "/wallet")
    expect(page.locator("[data-paid]")).to_have_text("The free part is over")
    assert "Free until 0:02" in noted(page, "[data-paid]")
    assert page.evaluate(HEARD_SECONDS) >= COUNTING_SECONDS
    expect(page.locator("[data-earned]")).to_have_text("nothing paid")
    expect(page.locator("[data-player]")).to_have_class("player")
    assert (api.count("head"), api.count("heartbeat")) == (1, 1)
    page.evaluate(
        """() => {
            document.querySelector("[data-balance]").textContent = "$5.00";
            document.dispatchEvent(new CustomEvent("htmx:afterSettle", { detail: {} }));
        }"""
    )
    expect(toast).to_have_count(0)
    assert api.count("streams") == 1
    page.locator("#toasts").get_by_role("button", name="Play it").click()
    wait_paid(page)


def test_pressing_on_without_money_says_it_once_and_no_longer_when_there_is_some(
    page: Page, api: Api
) -> None:
    for index in range(3):
        api.refuse(
            "heartbeat",
            402,
            code="balance",
            detail=f"Song {index} costs 0.94 ¢ and you have 0.20 ¢.",
            action={"label": "Top up", "url": "/wallet"},
        )
        press(page, index)
        expect(page.locator("#toasts")).to_contain_text(f"Song {index} costs")
        expect(page.locator("#toasts .toast.error")).to_have_count(1)
    press(page, 3)  # with money now
    wait_paid(page)
    expect(page.locator("#toasts .toast.error")).to_have_count(0)


def test_a_reload_shows_the_song_its_length_and_its_price_and_asks_for_no_quote(
    page: Page, api: Api
) -> None:
    press(page)
    wait_paid(page)
    page.reload()
    expect(page.locator("[data-length]")).to_have_text("1:00")
    expect(page.locator("[data-paid]")).to_have_text("Free until 0:02")
    expect(page.locator("[data-earned]")).to_have_text(f"then 0.94{NBSP}¢")
    expect(page.locator("[data-player]")).to_have_class("player")
    assert api.count("streams") == 1


def test_only_what_was_paused_or_queued_comes_back_in_another_tab(page: Page) -> None:
    press(page)
    wait_paid(page)
    another = page.context.new_page()
    another.goto(page.url)
    expect(another.locator("[data-player]")).to_be_hidden()
    page.keyboard.press("k")
    until(page, "JSON.parse(localStorage['refrain-queue-7']).paused")
    another.reload()
    expect(another.locator("[data-player] [data-title]")).not_to_be_empty()

    page.evaluate("localStorage.clear()")
    another.close()
    fresh = page.context.new_page()
    fresh.goto(page.url)
    for index in (1, 2):
        menu(fresh, index, "Add to the queue")
    fresh.reload()
    expect(fresh.locator("[data-player] [data-artist]")).to_have_text("2 waiting")


def test_an_expired_quote_goes_on_with_the_new_price_shown(page: Page, api: Api) -> None:
    track = "00000000-0000-4000-8000-000000000001"
    fresh = api.quote(track, price_micros=9_700)
    api.refuse("heartbeat", 409, code="expired", detail="That price has expired.", quote=fresh)
    press(page)
    expect(page.locator("#toasts")).to_contain_text(f"It is 0.97{NBSP}¢ now")
    becomes(page, lambda: [sent.get("quote") for sent in api.sent("streams")], [None, fresh["id"]])
    expect(page.locator("[data-player]")).to_have_class("player is-playing")


def test_resuming_an_ended_stream_takes_a_new_quote_from_the_start(page: Page, api: Api) -> None:
    api.count_late()
    press(page)
    becomes(page, lambda: api.count("heartbeat"), 1)
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player")
    answered(page)
    api.refuse("heartbeat", 410, code="ended", detail="This play ended after a minute of silence.")
    api.counting_seconds = COUNTING_SECONDS
    press(page)
    wait_paid(page)
    assert api.count("streams") == 2


def test_space_pauses_but_not_while_typing(page: Page, api: Api) -> None:
    api.count_late()
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
    expect(page.locator("#main h1").first).to_be_focused()
    chip = page.locator(".chips a", has_text="By taste")
    chip.press("Enter")
    page.wait_for_url("**/wallet?*")
    expect(chip).to_be_focused()
    wait_paid(page)
    assert api.count("streams") == 1
    assert api.count("stop") == 0


def test_closing_the_page_stops_the_stream(page: Page, api: Api) -> None:
    press(page)
    expect(page.locator("[data-player]")).to_have_class("player is-playing")
    page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    becomes(page, lambda: api.count("stop"), 1)


def test_the_sound_one_chooses_is_asked_for_from_the_next_song_on(page: Page, api: Api) -> None:
    press(page)
    wait_paid(page)
    page.get_by_role("button", name="Queue", exact=True).click()
    choices = page.get_by_role("group", name="Sound, from the next song")
    expect(choices.get_by_label("High")).to_be_checked()
    choices.get_by_label("Less data").check()
    press(page, 1)
    wait_paid(page)
    asked = api.sent("streams")
    assert [sent["quality"] for sent in asked] == ["high", "less_data"]
    assert all(sent["formats"] == ["mp3", "opus"] for sent in asked)
    page.reload()
    page.get_by_role("button", name="Queue", exact=True).click()
    expect(choices.get_by_label("Less data")).to_be_checked()
