"""Fetch the front-end libraries named below from npm and write them here, with `vendor.json`.

Run by hand when a version or an icon changes: `python marketplace/static/vendor/build.py`. Every
file's sha256 is in `vendor.json`; a test compares them, so nothing here is ever edited by hand.
"""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[2] / "tests" / "browser" / "vendor"
LUCIDE = "lucide-static"
ICONS = [
    "activity",
    "archive",
    "arrow-down-right",
    "arrow-left",
    "arrow-right",
    "arrow-up-right",
    "audio-lines",
    "banknote",
    "calendar",
    "chart-line",
    "chart-no-axes-column",
    "chart-pie",
    "check",
    "chevron-down",
    "chevron-left",
    "chevron-right",
    "chevron-up",
    "circle-alert",
    "circle-check",
    "circle-help",
    "clock",
    "copy",
    "disc-3",
    "download",
    "ellipsis",
    "external-link",
    "eye",
    "file-audio",
    "file-text",
    "flag",
    "gauge",
    "grip-vertical",
    "hand-coins",
    "handshake",
    "heart",
    "history",
    "house",
    "image",
    "info",
    "keyboard",
    "landmark",
    "layers",
    "layout-dashboard",
    "library",
    "link",
    "list-music",
    "list-plus",
    "list-start",
    "lock",
    "log-out",
    "mail",
    "menu",
    "minus",
    "music",
    "pause",
    "pencil",
    "play",
    "plus",
    "radio",
    "receipt",
    "refresh-cw",
    "rotate-ccw",
    "search",
    "send",
    "settings",
    "shield-check",
    "skip-back",
    "skip-forward",
    "sliders-horizontal",
    "stamp",
    "sun-moon",
    "table-2",
    "tag",
    "thumbs-down",
    "trash-2",
    "trending-up",
    "triangle-alert",
    "undo-2",
    "upload",
    "user",
    "user-plus",
    "users",
    "vault",
    "volume-2",
    "volume-x",
    "wallet",
    "wrench",
    "x",
]


@dataclass(frozen=True)
class Package:
    """One npm package: `files` maps paths inside it to names in `folder`."""

    name: str
    version: str
    licence: str
    files: dict[str, str]
    folder: Path = HERE


PACKAGES = [
    Package(
        "htmx.org",
        "2.0.11",
        "0BSD",
        {"dist/htmx.min.js": "htmx.js", "LICENSE": "LICENSE-htmx.txt"},
    ),
    Package(
        "@fontsource-variable/besley",
        "5.3.0",
        "OFL-1.1",
        {
            "files/besley-latin-wght-normal.woff2": "besley-latin.woff2",
            "files/besley-latin-ext-wght-normal.woff2": "besley-latin-ext.woff2",
            "files/besley-latin-wght-italic.woff2": "besley-latin-italic.woff2",
            "files/besley-latin-ext-wght-italic.woff2": "besley-latin-ext-italic.woff2",
            "LICENSE": "LICENSE-besley.txt",
        },
    ),
    Package(
        "@fontsource-variable/instrument-sans",
        "5.3.0",
        "OFL-1.1",
        {
            "files/instrument-sans-latin-wght-normal.woff2": "instrument-sans-latin.woff2",
            "files/instrument-sans-latin-ext-wght-normal.woff2": "instrument-sans-latin-ext.woff2",
            "LICENSE": "LICENSE-instrument-sans.txt",
        },
    ),
    Package(LUCIDE, "1.62.0", "ISC", {"LICENSE": "LICENSE-lucide.txt"}),
    Package(
        "axe-core",
        "4.14.1",
        "MPL-2.0",
        {"axe.min.js": "axe.js", "LICENSE": "LICENSE-axe.txt"},
        TESTS,
    ),
]


def main() -> None:
    for folder in (HERE, TESTS):
        packages = [package for package in PACKAGES if package.folder == folder]
        listed = [entry(package, fetch(package)) for package in packages]
        (folder / "vendor.json").write_text(json.dumps(listed, indent=2) + "\n")


def fetch(package: Package) -> list[str]:
    """Write the package's files to its folder and return their names."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", f"{package.name}@{package.version}"],
            cwd=folder,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            for inside, name in package.files.items():
                (package.folder / name).write_bytes(read(archive, inside))
            if package.name != LUCIDE:
                return [*package.files.values()]
            (package.folder / "lucide.svg").write_text(sprite(archive))
            return ["lucide.svg", *package.files.values()]


def read(archive: tarfile.TarFile, inside: str) -> bytes:
    member = archive.extractfile(f"package/{inside}")
    if member is None:
        raise FileNotFoundError(inside)
    return member.read()


def sprite(archive: tarfile.TarFile) -> str:
    """One SVG with a <symbol> for each icon in use; size and colour come from CSS."""
    symbols = []
    for icon in ICONS:
        source = read(archive, f"icons/{icon}.svg").decode()
        body = re.sub(r"\s+", " ", source.split(">", 2)[2].rsplit("</svg>", 1)[0]).strip()
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def entry(package: Package, names: list[str]) -> dict[str, object]:
    files = {
        name: hashlib.sha256((package.folder / name).read_bytes()).hexdigest() for name in names
    }
    return {
        "name": package.name,
        "version": package.version,
        "licence": package.licence,
        "files": files,
    }


if __name__ == "__main__":
    main()
