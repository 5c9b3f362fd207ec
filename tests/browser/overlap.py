"""Words drawn over other words: what no page may have, at any length of a name."""

from playwright.sync_api import Page

FIND = """() => {
  const OVER = 3;  // px in both directions: rounding touches by less
  const AIR = 0.2;  // of a line's box above and below its letters, which tight lines share
  const LAID = ["absolute", "fixed", "sticky"];
  const placed = (element) => LAID.includes(getComputedStyle(element).position);
  const apart = (element) => {  // laid over the page on purpose, or not shown
    for (let one = element; one; one = one.parentElement) {
      if (placed(one) || one.matches("dialog, [popover]")) return true;
    }
    return !element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  };
  const clipped = (box, element) => {
    let {left, top, right, bottom} = box;
    for (let one = element; one && one !== document.body; one = one.parentElement) {
      if (one.ownerSVGElement || getComputedStyle(one).overflow === "visible") continue;
      const edge = one.getBoundingClientRect();
      left = Math.max(left, edge.left); right = Math.min(right, edge.right);
      top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom);
    }
    return {left, top, right, bottom};
  };
  const words = [];
  const walker = document.createTreeWalker(document.getElementById("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || apart(node.parentElement)) continue;
    if (["TITLE", "OPTION"].includes(node.parentElement.tagName.toUpperCase())) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const line of range.getClientRects()) {
      const air = AIR * line.height;
      const {left, right} = line;
      const box = {left, right, top: line.top + air, bottom: line.bottom - air};
      const seen = {node, ...clipped(box, node.parentElement)};
      if (seen.right - seen.left > OVER && seen.bottom - seen.top > OVER) words.push(seen);
    }
  }
  words.sort((a, b) => a.top - b.top);
  const found = new Set();
  for (let i = 0; i < words.length; i += 1) {
    for (let j = i + 1; j < words.length && words[j].top < words[i].bottom - OVER; j += 1) {
      const [a, b] = [words[i], words[j]];
      if (a.node === b.node) continue;
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const said = (one) => one.node.data.trim().slice(0, 40);
      if (wide > OVER && high > OVER) found.add(`“${said(a)}” over “${said(b)}”`);
    }
  }
  return [...found];
}"""


def overlaps(page: Page) -> list[str]:
    """Pairs of texts in the page's main part whose visible boxes cover each other."""
    return [f"overlap: {pair}" for pair in page.evaluate(FIND)]
