"""What a page does in its own time is waited for, never asserted at once: `expect` for what it
shows, `becomes` for what it sends, `answered` before saying that it sends nothing, and `note` for
words that may be gone again before one looks.
"""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from playwright.sync_api import Page

T = TypeVar("T")
LONGEST_SECONDS = 30  # of a page on a busy machine; nothing takes so long where all is well
PAUSE_MS = 20
NOTE = """selector => {
    const [one, texts] = [document.querySelector(selector), []];
    (window.noted ??= {})[selector] = texts;
    const all = { childList: true, characterData: true, subtree: true };
    new MutationObserver(() => texts.push(one.textContent)).observe(one, all);
}"""
# The page's <audio> elements, which stand in no document; a script for `add_init_script`.
SOUNDS = """
window.sounds = [];
const Plain = window.Audio;
window.Audio = class extends Plain {
    constructor(...given) {
        super(...given);
        window.sounds.push(this);
    }
};
"""


def becomes(page: Page, ask: Callable[[], T], wanted: T) -> None:
    """Go on once `ask` gives what is wanted; the page goes on, and is answered, meanwhile."""
    deadline = monotonic() + LONGEST_SECONDS
    while (given := ask()) != wanted:
        assert monotonic() < deadline, f"{given!r} has not become {wanted!r}"
        page.wait_for_timeout(PAUSE_MS)


def until(page: Page, script: str) -> None:
    """Go on once the script is true. `wait_for_function` can't: to ask again it evaluates inside
    the page, which the content policy forbids, so it fails unless the first answer is yes.
    """
    becomes(page, lambda: bool(page.evaluate(script)), True)


def answered(page: Page) -> None:
    """Go on once all that the page has asked for until now has arrived: requests keep order."""
    page.evaluate("fetch('/static/js/theme.js', {cache: 'no-store'}).then(answer => answer.text())")


def note(page: Page, selector: str) -> None:
    """Keep every text of this element from now on, until the page is left."""
    page.evaluate(NOTE, selector)


def noted(page: Page, selector: str) -> list[str]:
    texts: list[str] = page.evaluate("selector => window.noted[selector]", selector)
    return texts
