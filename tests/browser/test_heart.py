"""The heart of the player: it knows the song that is on, and all that shows the song agrees."""

from playwright.sync_api import Page, Route, expect

from marketplace import styleguide
from tests.browser.chromium import Watch, axe_faults
from tests.browser.served import Api
from tests.browser.waiting import becomes

FIRST, SECOND = (styleguide.sample_rows()[place]["id"] for place in (0, 1))

# What is answered here can't lead on to another page: the fetch says that it did.
LED_ON = """() => {
    const plain = window.fetch;
    const led = (answer) => Object.defineProperty(answer, "redirected", { value: true });
    window.fetch = async (url, ...more) => {
        const answer = await plain(url, ...more);
        return url.includes("/like") ? led(answer) : answer;
    };
}"""


def press(page: Page, index: int) -> None:
    page.locator(".track-row [data-play-track]").nth(index).dispatch_event("click")


def test_the_heart_says_what_is_liked_and_changes_it(page: Page, api: Api, watch: Watch) -> None:
    api.liked = {SECOND}
    likes: list[str] = []

    def like(route: Route) -> None:
        likes.append(route.request.url)
        route.fulfill(status=204)

    page.route("**/like", like)
    heart = page.locator("[data-heart]")
    press(page, 1)
    expect(heart).to_have_attribute("aria-pressed", "true")
    press(page, 0)
    expect(heart).to_have_attribute("aria-pressed", "false")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    assert [url.split("/")[-2] for url in likes] == [FIRST]
    expect(page.locator(f'[data-menu="{FIRST}"]').first).to_have_attribute("data-liked", "true")
    liked = page.locator("li.track-row .liked")
    expect(liked.nth(0)).to_be_visible()
    expect(liked.nth(1)).to_be_hidden()
    assert (watch.faults, axe_faults(page)) == ([], [])


def test_the_heart_of_the_songs_own_page_speaks_for_both(page: Page) -> None:
    press(page, 0)
    heart = page.locator("[data-heart]")
    expect(heart).to_have_attribute("aria-pressed", "false")
    page.evaluate(
        """id => {
            main.insertAdjacentHTML("beforeend", `<i data-like="${id}" aria-pressed="true"></i>`);
            document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
        }""",
        FIRST,
    )
    expect(heart).to_have_attribute("aria-pressed", "true")


def test_two_presses_at_once_wish_for_the_same(page: Page) -> None:
    wishes: list[str] = []

    def like(route: Route) -> None:
        wishes.append(route.request.post_data or "")
        route.fulfill(status=204)

    page.route("**/like", like)
    press(page, 0)
    page.locator("[data-heart]").dblclick()
    becomes(page, lambda: wishes, ["liked=true", "liked=true"])
    expect(page.locator("[data-heart]")).to_have_attribute("aria-pressed", "true")


def test_who_is_signed_out_meanwhile_is_told_so(page: Page, watch: Watch) -> None:
    page.route("**/like*", lambda route: route.fulfill(body="<h1>Sign in</h1>"))
    page.evaluate(LED_ON)
    press(page, 0)
    heart = page.locator("[data-heart]")
    heart.click()
    expect(page.locator("#toasts > .toast.error")).to_contain_text("You are signed out")
    expect(page.locator("#toasts a")).to_have_attribute("href", "/login?next=%2F")
    expect(heart).to_have_attribute("aria-pressed", "false")
    assert watch.faults == []
