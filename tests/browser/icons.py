"""Draw the mark as the pictures that phones and computers put among their programs.

`python -m tests.browser.icons` writes marketplace/static/icons from marketplace/static/favicon.svg;
run by hand when the mark changes.
"""

from pathlib import Path

from tests.browser.chromium import chromium

STATIC = Path(__file__).resolve().parents[2] / "marketplace" / "static"
CORNERS = ' rx="6"'
# name: side in pixels
ICONS = {"any-192": 192, "any-512": 512}
# these stand on a full ground, of which the mark fills a part: systems cut their own shape out
FULL = {"maskable-512": (512, 0.84), "apple-180": (180, 0.9)}
ASIDE = 1.3  # of its 32: the mark's dots and bars are so far from the middle


def on_ground(mark: str, part: float) -> str:
    """The mark in the middle of a ground without corners, of which it fills that part."""
    ground, shapes = mark.replace(CORNERS, "").split("/>", 1)
    left, top = 16 * (1 - part) + ASIDE * part, 16 * (1 - part)
    held = f'<g transform="translate({left} {top}) scale({part})">'
    return f"{ground}/>{held}{shapes.replace('</svg>', '</g></svg>')}"


def main() -> None:
    mark = (STATIC / "favicon.svg").read_text()
    wanted = {name: (side, mark) for name, side in ICONS.items()}
    wanted |= {name: (side, on_ground(mark, part)) for name, (side, part) in FULL.items()}
    with chromium() as browser:
        for name, (side, svg) in wanted.items():
            page = browser.new_page(viewport={"width": side, "height": side})
            sized = svg.replace("<svg ", f'<svg width="{side}" height="{side}" ', 1)
            page.set_content(f"<style>body{{margin:0;line-height:0}}</style>{sized}")
            page.screenshot(path=STATIC / "icons" / f"{name}.png", omit_background=True)
            page.close()


if __name__ == "__main__":
    main()
