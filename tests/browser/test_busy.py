"""A slow answer in a browser: the pressed button says so, and nothing is sent twice."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.served import page as drawn

SEND_THRICE = """boosted => {
    const form = `<form method="post" action="/slow" hx-boost="${boosted}">
        <button type="submit">Send slowly</button></form>`;
    document.getElementById("main").insertAdjacentHTML("afterbegin", form);
    window.htmx.process(document.getElementById("main"));
    for (let i = 0; i < 3; i++) document.querySelector("[action='/slow']").requestSubmit();
    return document.querySelector("[action='/slow'] button").getAttribute("aria-busy");
}"""


@pytest.mark.parametrize("boosted", [True, False])
def test_a_form_on_its_way_says_so_and_is_sent_once(page: Page, boosted: bool) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.method)
        route.fulfill(body=drawn("/slow", signed_in=True), content_type="text/html")

    page.route("**/slow", answer)
    assert page.evaluate(SEND_THRICE, boosted) == "true"
    expect(page.get_by_role("button", name="Send slowly")).to_have_count(0)
    assert asked == ["POST"]
