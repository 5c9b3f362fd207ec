"""Photograph every page for every role, width and theme, and fail on any fault.

`python -m tests.browser.screenshots --base http://127.0.0.1:8000 --out screenshots` signs in
through the form, as anyone would. Exit 1 names the faults, one a line.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import Watch, check_page, chromium

WIDTHS = {360: 740, 1280: 860}
THEMES = ("light", "dark")
VISITOR = "visitor"
PASSWORD = "refrain-demo"


@dataclass(frozen=True)
class Shot:
    """One page: its name, its address, who looks, the links to follow from there, in turn, and
    what is pressed then to open a dialog."""

    name: str
    path: str
    role: str = VISITOR
    follow: tuple[str, ...] = ()
    expected: frozenset[int] = frozenset()
    view: str = ""  # the view's name where `follow` leads to it; else the path says it
    press: str = ""
    passing: bool = False  # there in a fresh demo only: nothing to follow is no fault


UPLOADED = "#main a[href^='/uploads/']"
HOLDS = {
    "open": ", ".join(
        f"tr:has-text('{state}') [href*='/holds/']" for state in ("answer until", "not seen yet")
    ),
    "released": "tr:has-text('released ') [href*='/holds/']",
    "forfeited": "tr:has-text('decided against') [href*='/holds/']",
}

PAGES = [
    Shot("landing", "/"),
    Shot("login", "/login"),
    Shot("sign-up", "/sign-up"),
    Shot("forgotten", "/password/forgotten"),
    Shot("used-address-link", "/account/email/back/used", expected=frozenset({410})),
    Shot("used-link", "/password/new/MQ/used", expected=frozenset({410})),
    Shot("not-found", "/nowhere", expected=frozenset({404})),
    Shot("styleguide", "/styleguide"),
    Shot("public-periods", "/periods"),
    Shot("price-hours", "/prices"),
    Shot(
        "price-month",
        "/prices",
        follow=("#main a[href^='/prices/months/']",),
        view="pricing:month",
    ),
    Shot(
        "price-hour",
        "/prices?page=2",
        follow=("#main a[href^='/prices/hours/']",),
        view="pricing:hour",
    ),
    Shot("model", "/model"),
    Shot("public-track", "/songs", follow=(".track-row .title",), view="catalog:track"),
    Shot("home", "/", "listener"),
    Shot("mix", "/mix", "listener"),
    Shot("map", "/map", "listener"),
    Shot("map-region", "/map?region=1", "listener"),
    Shot("public-map", "/map"),
    Shot("artists-map", "/map", "artist"),
    Shot("songs", "/songs", "listener"),
    Shot("track", "/songs", "listener", follow=(".track-row .title",), view="catalog:track"),
    Shot(
        "start-radio",
        "/songs",
        "listener",
        follow=(".track-row .title",),
        view="catalog:track",
        press="[data-radio-from]",
    ),
    Shot(
        "similar",
        "/songs",
        "listener",
        follow=(".track-row .title", ".awaited a"),
        view="discovery:similar",
    ),
    Shot("wallet", "/wallet", "listener"),
    Shot(
        "receipt", "/wallet", "listener", follow=("a[href^='/receipts/']",), view="wallet:receipt"
    ),
    Shot(
        "receipt-postings",
        "/wallet",
        "listener",
        follow=("a[href^='/receipts/']", "a[href$='/postings']"),
        view="wallet:receipt-postings",
    ),
    Shot("own-wallet", "/wallet/own", "listener"),
    Shot("portfolio", "/portfolio", "listener"),
    Shot("account", "/account", "listener"),
    Shot("api-keys", "/account/keys", "listener"),
    Shot("first-address-link", "/account/email/first/used", "listener", expected=frozenset({410})),
    Shot("address-link", "/account/email/used", "listener", expected=frozenset({410})),
    Shot("close", "/account/close", "listener"),
    Shot(
        "album",
        "/songs",
        "listener",
        follow=(".track-row .by a", "a[href*='/album?']"),
        view="catalog:album",
    ),
    Shot("artist", "/songs", "listener", follow=(".track-row .by a",), view="catalog:artist"),
    Shot("found", "/songs?q=weater", "listener"),
    Shot("search", "/search?q=har", "listener"),
    Shot("library", "/library", "listener"),
    Shot("playlists", "/library/playlists", "listener"),
    Shot("artists", "/library/artists", "listener"),
    Shot("history", "/library/history", "listener"),
    Shot("disliked", "/library/not-for-you", "listener"),
    Shot("not-for-you", "/upload", "listener", expected=frozenset({403})),
    # before the artist looks: from then on the time to answer the open hold runs
    *(
        Shot(
            f"decide-{state}",
            "/operations/holds",
            "operator",
            follow=(hold,),
            view="operations:fraud-hold",
            passing=state == "open",
        )
        for state, hold in HOLDS.items()
    ),
    Shot(
        "forfeited-receipt",
        "/operations/holds",
        "operator",
        follow=(HOLDS["forfeited"], "a[href^='/receipts/']"),
        view="wallet:receipt",
    ),
    Shot("overview", "/studio", "artist"),
    Shot("plays", "/studio/plays", "artist"),
    Shot(
        "postings",
        "/studio/plays",
        "artist",
        follow=("a[href^='/studio/postings/']",),
        view="studio:song-postings",
    ),
    Shot("payouts", "/payouts", "artist"),
    Shot("statement", "/payouts/statement", "artist"),
    Shot("upload", "/upload", "artist"),
    Shot("deal", "/studio", "artist", follow=("a[href^='/deals/']",), view="studio:deal"),
    Shot("refused-copy", "/upload", "artist", follow=(UPLOADED,), view="catalog:uploaded"),
    *(
        Shot(
            f"hold-{state}",
            "/payouts",
            "artist",
            follow=(hold,),
            view="studio:hold",
            passing=state == "open",
        )
        for state, hold in HOLDS.items()
    ),
    Shot("label", "/label", "label"),
    Shot("roster", "/roster", "label"),
    Shot("label-payouts", "/payouts", "label"),
    Shot("operations", "/operations/", "operator"),
    Shot("settlement", "/operations/settlement", "operator"),
    Shot(
        "close-period", "/operations/settlement", "operator", press="[data-dialog='close-period']"
    ),
    Shot(
        "sale",
        "/songs",
        "operator",
        follow=(".track-row .title", "#main a[href$='/sale']"),
        view="operations:sale",
    ),
    Shot(
        "details",
        "/studio",
        "artist",
        follow=("#songs a[href$='/details']",),
        view="operations:details",
    ),
    Shot(
        "artist-page",
        "/studio",
        "artist",
        follow=("#songs .title", "#main .lede a[href^='/artists/']", "#main a[href$='/page']"),
        view="operations:artist-page",
    ),
    Shot("corrections", "/operations/corrections", "operator"),
    Shot("reconciliation", "/operations/reconciliation", "operator"),
    Shot("holds", "/operations/holds", "operator"),
    Shot("disputes", "/operations/disputes", "operator"),
    Shot("keys", "/operations/keys", "operator"),
    Shot("prices", "/operations/prices", "operator"),
    Shot("stop-prices", "/operations/prices", "operator", press="[data-dialog='stop']"),
    Shot("models", "/operations/models", "operator"),
    Shot("exposure", "/operations/exposure", "operator"),
    Shot("log", "/operations/log", "operator"),
    Shot("periods", "/periods", "operator"),
    Shot(
        "period",
        "/periods",
        "operator",
        follow=("#main a[href^='/periods/']",),
        view="operations:period",
    ),
    Shot("catalogue", "/operations/catalogue", "operator"),
]

# Views that answer GET and are no page of their own, or none that the demo always has.
NO_PICTURE = {
    "users:logout": "answers POST alone",
    "users:email": "leads to the account page",
    "users:admin-login": "leads to the sign-in page",
    "users:admin-logout": "answers POST alone",
    "discovery:now": "a part of the landing page",
    "discovery:map-points": "a file of numbers",
    "discovery:map-songs": "a part of the map",
    "discovery:map-taste": "a part of the map",
    "discovery:model-markdown": "a download",
    "discovery:model-json": "a download",
    "operations:exposure-json": "a download",
    "manifest": "what a browser reads",
    "catalog:cover": "a picture",
    "catalog:artist-picture": "a picture",
    "pricing:price": "leads to an hour's page",
    "pricing:month-json": "a download",
    "pricing:month-csv": "a download",
    "catalog:upload-again": "the demo has no upload that was refused",
    "discovery:liked": "what the player asks",
    "library:pick": "a part of a dialog",
    "library:playlist": "the demo's listener may have none",
    "studio:period": "a part of the payouts page",
    "studio:postings": "a part of the payouts page",
    "wallet:own-withdrawals": "a part of a page",
    "wallet:receipts-csv": "a download",
    "wallet:receipt-json": "a download",
    "wallet:portfolio-csv": "a download",
    "studio:deal-csv": "a download",
    "studio:revenue-csv": "a download",
    "studio:plays-csv": "a download",
    "studio:payouts-csv": "a download",
    "studio:statement-csv": "a download",
    "studio:label-csv": "a download",
    "operations:sound": "a recording",
    "operations:bundle": "a download",
    "operations:replaced": "a download",
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", required=True, help="address of the running server")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--only", default="", help="comma-separated names of pages")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    wanted = set(filter(None, options.only.split(",")))
    shots = [shot for shot in PAGES if not wanted or shot.name in wanted]
    with chromium() as browser:
        faults = list(photograph(browser, options.base.rstrip("/"), options.out, shots))
    print("\n".join(faults) or f"{len(shots) * len(WIDTHS) * len(THEMES)} pictures, no fault")
    return 1 if faults else 0


def photograph(browser: Browser, base: str, out: Path, shots: list[Shot]) -> Iterator[str]:
    """Each shot at each width and theme; yields the faults, named by picture."""
    for role in dict.fromkeys(shot.role for shot in shots):
        signed_in = sign_in(browser, base, role)
        for width, height in WIDTHS.items():
            for theme in THEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme="dark" if theme == "dark" else "light",
                    reduced_motion="reduce",
                    storage_state=signed_in.storage_state(),
                )
                for shot in (one for one in shots if one.role == role):
                    name = f"{shot.name}-{width}-{theme}"
                    for fault in take(context, base, shot, out / f"{name}.png"):
                        yield f"{name}: {fault}"
                context.close()
        signed_in.close()


def sign_in(browser: Browser, base: str, role: str) -> BrowserContext:
    context = browser.new_context()
    if role == VISITOR:
        return context
    page = context.new_page()
    page.goto(f"{base}/login")
    page.fill("[name=username]", f"{role}@refrain.demo")
    page.fill("[name=password]", PASSWORD)
    page.click("main [type=submit]")
    page.wait_for_selector("body[data-signed-in=true]")
    page.close()
    return context


def take(context: BrowserContext, base: str, shot: Shot, path: Path) -> list[str]:
    page = context.new_page()
    watch = Watch(page, expected_statuses=shot.expected)
    page.goto(base + shot.path)
    for link in shot.follow:
        if not follow(page, link):
            page.close()
            return [] if shot.passing else [f"nothing to follow: {link}"]
    page.wait_for_load_state("networkidle")
    see_all(page)
    if shot.press:
        page.click(shot.press)
        page.wait_for_selector("dialog[open]")
    # caret="initial": the picture needs no style of its own, which the content policy would refuse
    page.screenshot(path=path, full_page=not shot.press, caret="initial")
    faults = check_page(watch)
    page.close()
    return faults


def see_all(page: Page) -> None:
    """Covers and parts further down load when one comes near them."""
    page.evaluate(
        """async () => {
            for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
                scrollTo(0, y);
                await new Promise(requestAnimationFrame);
            }
        }"""
    )
    page.locator("[data-awaited][hx-get]:not(.failed)").wait_for(state="detached")
    page.evaluate(
        """async () => {
            for (const image of document.images) image.loading = "eager";
            await Promise.allSettled([...document.images].map((image) => image.decode()));
            scrollTo(0, 0);
        }"""
    )


def follow(page: Page, selector: str) -> bool:
    link = page.locator(selector).first
    if link.count() == 0:
        return False
    page.goto(str(link.evaluate("link => link.href")))
    return True


if __name__ == "__main__":
    sys.exit(main())
