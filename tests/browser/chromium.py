"""A Chromium for tests and screenshots, and the faults no page may have.

`BROWSER` names the executable; Debian's is the default. Nothing here reaches beyond the server
under test: a request to anywhere else is a fault.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.browser.waiting import LONGEST_SECONDS

AXE = Path(__file__).resolve().parent / "vendor" / "axe.js"
DEFAULT_BROWSER = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
MOST_SCRIPT_BYTES = 150_000
# Scripts as a server sends them: a test that answers for it sends them as they are.
PACKED = """async () => {
    const packed = async ({ name, encodedBodySize, decodedBodySize }) => {
        if (encodedBodySize < decodedBodySize) return encodedBodySize;
        const body = (await fetch(name)).body.pipeThrough(new CompressionStream("gzip"));
        return (await new Response(body).arrayBuffer()).byteLength;
    };
    const scripts = performance.getEntriesByType("resource").filter(r => /[.]js$/.test(r.name));
    return (await Promise.all(scripts.map(packed))).reduce((sum, one) => sum + one, 0);
}"""
GRAVE = {"serious", "critical"}
# A play or an upload that the page itself takes back is no failure.
TAKEN_BACK = "net::ERR_ABORTED"

expect.set_options(timeout=LONGEST_SECONDS * 1000)


class NoBrowser(RuntimeError):
    """Chromium is not where it was looked for."""


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("BROWSER") or DEFAULT_BROWSER
    if not os.access(path, os.X_OK):
        raise NoBrowser(
            f"No browser at {path}: install Debian's chromium, or set BROWSER to an executable"
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, headless=True)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Watch:
    """Notes what goes wrong on a page from the moment it is opened."""

    page: Page
    faults: list[str] = field(default_factory=list)
    expected_statuses: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("request", self._request)
        self.page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        expected = any(f"status of {status}" in message.text for status in self.expected_statuses)
        if message.type in {"error", "warning"} and not expected:
            self.faults.append(f"console: {message.text}")

    def _failed(self, request: Request) -> None:
        if request.failure != TAKEN_BACK:
            self.faults.append(f"failed: {request.url} {request.failure}")

    def _request(self, request: Request) -> None:
        here = urlsplit(self.page.url).netloc
        there = urlsplit(request.url)
        if there.scheme in {"http", "https"} and here and there.netloc != here:
            self.faults.append(f"third party: {request.url}")

    def _response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            policy = response.headers.get("content-security-policy", "")
            if "default-src 'self'" not in policy or "unsafe-" in policy:
                self.faults.append(f"content policy {policy!r}: {response.url}")
        if response.status >= 400 and response.status not in self.expected_statuses:
            self.faults.append(f"status {response.status}: {response.url}")


def check_page(watch: Watch) -> list[str]:
    """Every fault of the page as it stands: what was noted, sideways scrolling, axe's worst."""
    return [*watch.faults, *heavy(watch.page), *sideways(watch.page), *axe_faults(watch.page)]


def heavy(page: Page) -> list[str]:
    """Scripts that take more than a page may send, compressed as they were sent."""
    sizes = "performance.getEntriesByType('resource').filter(r => /[.]js$/.test(r.name))"
    sent = page.evaluate(f"{sizes}.reduce((sum, r) => sum + r.encodedBodySize, 0)")
    if sent > MOST_SCRIPT_BYTES:
        sent = page.evaluate(PACKED)
    return [f"{sent:,} bytes of scripts"] if sent > MOST_SCRIPT_BYTES else []


def sideways(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"scrolls sideways by {wide} px"] if wide > 0 else []


def axe_faults(page: Page) -> list[str]:
    """axe-core's serious and critical violations, each with the first element it names."""
    if not page.evaluate("Boolean(window.axe)"):
        # Evaluated, not added as a <script>: the page's content policy stays as strict as it is.
        page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    return [
        f"axe {violation['id']}: {violation['nodes'][0]['html'][:160]}"
        f" ({len(violation['nodes'])} in all)"
        for violation in found["violations"]
        if violation["impact"] in GRAVE
    ]
