"""Fails on a dependency whose licence is not permissive, MPL-2.0, LGPL or OFL.

Looks at every installed Python package, at the npm packages in contracts/node_modules, and at the
vendored front-end files. A package that states no licence must be in `REVIEWED`.
"""

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
ALLOWED = (
    r"(the )?mit( license|-0|-cmu)?|hpnd|isc( license)?|zlib|0bsd|tcl|unlicense|public domain",
    r"(new |modified )?bsd([ -][0-9]-clause)?( license)?|postgresql|cnri-python",
    r"(the )?apache([ -]software)?([ -]license)?,?[ -]?(version )?(2(\.0)?)?",
    r"apache-2\.0 with llvm-exception",
    r"psf-2\.0|python software foundation license|python-2\.0",
    r"cc0[ -]1\.0( universal)?( public domain dedication)?",
    r"mpl-2\.0|mozilla public license 2\.0",
    r"lgpl-[23]\.[01](-only|-or-later)?|ofl-1\.1",
)
# Packages that state none in their metadata, read by hand.
REVIEWED = {
    "axe-playwright-python": "MIT",
    "pyrevm": "MIT",
}


def main() -> int:
    refused = [f"{name}: {said}" for name, said in licences() if not is_allowed(said)]
    count = sum(1 for _ in licences())
    for line in sorted(refused):
        print(line)
    print(f"{len(refused)} of {count} packages refused")
    return 1 if refused else 0


def licences() -> Iterator[tuple[str, str]]:
    """Names and what they say of their licence."""
    for package in distributions():
        yield package.name, REVIEWED.get(package.name.lower()) or python_licence(package)
    for path in PROJECT.glob("contracts/node_modules/**/package.json"):
        package_json = json.loads(path.read_text())
        if "name" in package_json:
            yield package_json["name"], str(package_json.get("license", ""))
    for path in (PROJECT / "marketplace").rglob("vendor.json"):
        yield from vendored(json.loads(path.read_text()))


def python_licence(package: Distribution) -> str:
    """A package's expression, else its classifiers, else the licence field's first line."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = metadata.get_all("Classifier") or []
    named = [each.split(" :: ")[-1] for each in classifiers if each.startswith("License ::")]
    named = [each for each in named if each != "OSI Approved"]
    return "; ".join(named) or str(metadata.get("License") or "").strip().partition("\n")[0]


def vendored(value: object) -> Iterator[tuple[str, str]]:
    """Each entry of a vendor.json that names a licence."""
    if isinstance(value, list):
        for each in value:
            yield from vendored(each)
    if isinstance(value, dict):
        if "licence" in value:
            yield str(value.get("name", value)), str(value["licence"])
        for each in value.values():
            yield from vendored(each)


def is_allowed(said: str) -> bool:
    """Whether one choice of an OR is made of allowed parts alone; classifiers (;) all count."""
    choices = re.split(r"\s+OR\s+", said.replace(";", " AND ").replace("/", " OR "))
    return any(all(map(one_is_allowed, re.split(r"\s+AND\s+", choice))) for choice in choices)


def one_is_allowed(part: str) -> bool:
    """Whether one name is on the list; an abbreviation in brackets after it is left out."""
    plain = re.sub(r"(?<=.)\s*\(.*\)", "", part.strip()).strip("() ").lower()
    return any(re.fullmatch(pattern, plain) for pattern in ALLOWED)


if __name__ == "__main__":
    sys.exit(main())
