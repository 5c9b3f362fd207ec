"""The first minutes of a newcomer, in a real browser over the whole of Refrain: lands, hears, signs
up with money, pays, earns, sees the receipt; and the artist's page moves.
"""

from playwright.sync_api import Page, expect

from marketplace.catalog.models import Artist
from tests.browser.chromium import Watch, check_page, chromium
from tests.builders import PASSWORD, a_user
from tests.stories.house import House, until
from tests.stories.visitor import Visitor

NBSP = "\u00a0"
LONG = 30_000  # the machine may be busy


def a_newcomer_hears_signs_up_pays_and_earns(house: House, office: Visitor) -> None:
    """The first who hears Low Water."""
    artist, studio = a_user("artist"), Visitor(house.url)
    unclaimed = str(Artist.objects.get(name="The Tides").pk)
    office.send("/operations/assign", "/operations/catalogue", artist=unclaimed, login=artist.email)
    studio.log_in(artist.email)
    assert studio.get("/api/v1/payouts").json()["accrued"] == 0
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        faults = Watch(page)
        lands_and_hears(page, house.url)
        signs_up(page, house.url)
        pays_and_earns(page)
        sees_the_receipt(page)
        assert check_page(faults) == []
    paid = until(
        "the artist's money",
        lambda: (p := studio.get("/api/v1/payouts").json())["accrued"] and p,
    )
    # the artist issued the song: in the first window all of its units were theirs
    assert paid["accrued"] == 6_000 * 9_500 // 10_000
    assert "Low Water" in studio.get("/studio").text


def lands_and_hears(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_text("The part that comes back to you")
    page.get_by_role("button", name="Hear it now, 4 seconds free").click()
    expect(page.locator("[data-player]")).to_have_class("player is-playing", timeout=LONG)
    expect(page.locator("[data-paid]")).to_have_text("Free until 0:04")
    panel = page.get_by_role("dialog", name="You have heard the free part")
    expect(panel).to_be_visible(timeout=LONG)
    expect(panel).to_contain_text(f"a play of Low Water costs 0.60{NBSP}¢")


def signs_up(page: Page, url: str) -> None:
    page.get_by_label("E-mail").fill("noor@example.org")
    page.get_by_label("Your name").fill("Noor")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    expect(page.get_by_label("Start with $10 of test money")).to_be_checked()
    page.get_by_role("button", name="Make my account and play it").click()
    page.wait_for_selector("body[data-signed-in=true]", timeout=LONG)
    assert page.url == f"{url}/"
    expect(page.locator("#messages")).to_contain_text("Welcome, Noor.")
    expect(page.locator("#messages")).to_contain_text("plays stop at $5 a month")


def pays_and_earns(page: Page) -> None:
    expect(page.locator("[data-player] [data-title]")).to_have_text("Low Water")
    expect(page.locator("[data-paid]")).to_have_text(f"0.60{NBSP}¢ paid", timeout=LONG)
    expect(page.locator("[data-earned]")).to_contain_text("units")
    expect(page.locator("[data-balance]")).to_have_text("$9.99")


def sees_the_receipt(page: Page) -> None:
    page.get_by_role("link", name="Wallet").first.click()
    page.locator("#receipts a[href^='/receipts/']").first.click()
    slip = page.get_by_role("region", name="Receipt")
    expect(slip).to_contain_text("Low Water")
    expect(slip).to_contain_text("You paid")
    expect(slip).to_contain_text(f"0.6000{NBSP}¢")
