"""The heart of the player: it knows the song that is on, and all that shows the song agrees."""

from playwright.sync_api import Page, Route, expect

from marketplace import styleguide
from tests.browser.chromium import Watch, axe_faults
from tests.browser.served import Api

FIRST, SECOND = (styleguide.sample_rows()[place]["id"] for place in (0, 1))


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
