"""A person without a mouse: moves by Tab, presses by Enter, and must always see the focus."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_TABS = 120
FOCUSED = """() => {
  const RING = 4;  // how far up the ring may be drawn: round a slider's box, a label's words
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  let [ringed, one] = [false, element];
  for (let i = 0; i < RING && one && !ringed; i += 1, one = one.parentElement) {
    for (const near of [one, one.nextElementSibling].filter(Boolean)) {
      const style = getComputedStyle(near);
      const outline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
      const drawn = outline && !/^rgba.*, 0\\)$/.test(style.outlineColor);
      ringed ||= drawn;
    }
  }
  const box = element.getBoundingClientRect();
  const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return {
    name: element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText,
    html: element.outerHTML.slice(0, 160),
    seen: ringed && within && box.width > 0,
  };
}"""


class Lost(AssertionError):
    """What one looks for can't be reached by Tab, or the focus is not seen."""


class Keyboard:
    """Presses keys on one page; `stops` is what the focus met on the way.

    With `forced_colors` the focus must be seen in colours of the reader's own as well: the first
    time on each element, since the whole page is drawn anew for it.
    """

    def __init__(self, page: Page, forced_colors: bool = False) -> None:
        self.page = page
        self.forced_colors = forced_colors
        self.stops: list[str] = []
        self.seen_forced: set[str] = set()

    def to(self, words: str, key: str = "Tab") -> None:
        """Tab until the focus stands on what is called so (up to a comma)."""
        for _ in range(MOST_TABS):
            found = self.step(key)
            if found == words or found.startswith(f"{words},"):
                return
        raise Lost(f"{words!r} is not reached; met {self.stops[-30:]}")

    def step(self, key: str = "Tab") -> str:
        """One Tab: the name of what has the focus now, which must be seen there."""
        self.page.keyboard.press(key)
        now = self._focused()
        if now is None:  # out of the page, into the browser's own bar; the next Tab comes back
            return ""
        if self.forced_colors and now["html"] not in self.seen_forced:
            self.seen_forced.add(now["html"])
            self.page.emulate_media(forced_colors="active")
            self._focused()
            self.page.emulate_media(forced_colors="none")
        self.stops.append(" ".join((now["name"] or now["html"]).split()))
        return self.stops[-1]

    def _focused(self) -> dict[str, str] | None:
        now: dict[str, str] | None = self.page.evaluate(FOCUSED)
        if now is not None and not now["seen"]:
            raise Lost(f"the focus is not seen on {now['html']}")
        return now

    def press(self, words: str) -> None:
        self.to(words)
        self.page.keyboard.press("Enter")

    def write(self, label: str, text: str) -> None:
        self.to(label)
        self.page.keyboard.type(text)
