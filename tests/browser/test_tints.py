"""Waveforms take the colour of their cover, and keep the ink where it has none."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.waiting import becomes, until

COVER = """<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path fill="#{}"
d="M0 0h9v9H0z"/><path fill="#222" d="M0 0h3v9H0z"/></svg>"""
# A waveform for each cover; `tried` counts the covers that were looked at.
ADD = """colours => {
    for (const colour of colours) main.insertAdjacentHTML("beforeend",
        `<div id="c${colour}" data-tint="/${colour}/cover">
         <svg class="wave"><path class="rest"/></svg></div>`);
    window.tried = 0;
    const look = HTMLImageElement.prototype.decode;
    HTMLImageElement.prototype.decode = function () {
        return look.call(this).finally(() => setTimeout(() => window.tried++));
    };
    document.dispatchEvent(new CustomEvent("htmx:afterSettle"));
}"""
STROKE = "colour => getComputedStyle(document.querySelector(`#c${colour} path`)).stroke"
BLUE = "2b8fe3"
HUES = {"e3572b": 40, BLUE: 250, "2f9e44": 145}
GREYS = ("bbbbbb", "1a1a1a")


def show(page: Page, *colours: str) -> None:
    page.route("**/cover", cover)
    page.evaluate(ADD, list(colours))


def cover(route: Route) -> None:
    body = COVER.format(route.request.url.split("/")[-2])
    route.fulfill(body=body, content_type="image/svg+xml")


@pytest.mark.parametrize("colour", HUES)
def test_a_waveform_has_its_covers_hue(page: Page, colour: str) -> None:
    show(page, colour)
    hue = f"Number(document.querySelector('#c{colour}').style.getPropertyValue('--hue'))"
    becomes(page, lambda: abs(page.evaluate(hue) - HUES[colour]) < 10, True)
    _, strength, _ = page.evaluate(STROKE, colour).removeprefix("oklch(").split()
    assert (float(strength) < 0.05) == (colour == BLUE), "blue is for shares"


def test_a_grey_cover_leaves_the_ink(page: Page) -> None:
    show(page, *GREYS)
    until(page, f"window.tried === {len(GREYS)}")
    assert not any(str(page.evaluate(STROKE, grey)).startswith("oklch") for grey in GREYS)
