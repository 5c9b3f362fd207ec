"""The faults no page may have are really found: one planted at a time."""

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import NoBrowser, Watch, check_page, chromium

FINE = '<!doctype html><html lang="en"><title>Fine</title><main><h1>Fine</h1>{}</main></html>'
POLICY = "default-src 'self'; img-src *; script-src 'nonce-planted'"
PLANTED = {
    "axe image-alt": '<img src="/there.svg">',
    "scrolls sideways": '<p class="w"><svg width="3000" height="9"></svg></p>',
    "console: planted": "<script nonce=planted>console.error('planted')</script>",
    "script:": "<script nonce=planted>throw new Error('planted')</script>",
    "status 404": '<img src="/missing.svg" alt="">',
    "third party": '<img src="http://elsewhere.test/a.svg" alt="">',
}


def faults_of(browser: Browser, body: str, policy: str = POLICY) -> list[str]:
    context = browser.new_context(viewport={"width": 360, "height": 700})
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    context.route("**/*", lambda route: route.fulfill(body=svg, content_type="image/svg+xml"))
    context.route("**/missing.svg", lambda route: route.fulfill(status=404))
    context.route(
        "http://here.test/",
        lambda route: route.fulfill(
            body=FINE.format(body),
            headers={"content-type": "text/html", "content-security-policy": policy},
        ),
    )
    page = context.new_page()
    watch = Watch(page)
    page.goto("http://here.test/")
    page.wait_for_load_state("networkidle")
    faults = check_page(watch)
    context.close()
    return faults


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_named(browser: Browser, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults_of(browser, PLANTED[fault]))


@pytest.mark.parametrize("policy", ["", "img-src *", "default-src 'self' 'unsafe-inline'"])
def test_a_lax_content_policy_is_named(browser: Browser, policy: str) -> None:
    assert any(found.startswith("content policy") for found in faults_of(browser, "", policy))


def test_a_fine_page_has_none(browser: Browser) -> None:
    assert faults_of(browser, "") == []


def test_a_missing_browser_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BROWSER", "/nowhere/chromium")
    with pytest.raises(NoBrowser, match="No browser at /nowhere/chromium"), chromium():
        pass
