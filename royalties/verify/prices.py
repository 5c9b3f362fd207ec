"""What a bundle says of prices: the SHA-256 of each hour's file that its period's prices stand in.

Nothing of it moves money. The files themselves are no part of a bundle: whoever has one compares it
(`python -m marketplace.pricing.engine.check --bundle`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from royalties.verify.archive import BundleError

_SHA256 = re.compile(r"[0-9a-f]{64}")


def prices_of(manifest: Mapping[str, Any]) -> dict[int, str]:
    """By hour since 1970-01-01T00:00Z, in order; empty where a bundle names none.

    Raises:
        BundleError: it is not a list of hours and hashes
    """
    found: dict[int, str] = {}
    lines = manifest.get("prices", [])
    for line in lines if isinstance(lines, list) else [lines]:
        if not isinstance(line, dict) or line.keys() != {"hour", "sha256"}:
            raise BundleError(f"the manifest's prices are not hours and hashes: {line!r}")
        hour, digest = line["hour"], line["sha256"]
        if type(hour) is not int or hour <= max(found, default=-1):
            raise BundleError(f"the manifest's prices are not in the order of hours: {hour!r}")
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise BundleError(f"the prices of hour {hour} have no SHA-256: {digest!r}")
        found[hour] = digest
    return found


def prices_json(prices: Mapping[int, str]) -> list[dict[str, object]]:
    """The inverse of `prices_of`."""
    return [{"hour": hour, "sha256": digest} for hour, digest in sorted(prices.items())]


def parted(earlier: Mapping[int, str], prices: Mapping[int, str]) -> Iterator[str]:
    """How a bundle's prices do not go on from those that the last one before it names."""
    if not earlier:  # no bundle before it named any, as in old ones
        return
    last = max(earlier)
    if not prices:
        yield f"it names no prices, those before it ended with hour {last}"
        return
    first = min(prices)
    if first != last:
        yield f"its prices begin with hour {first}, those before it ended with hour {last}"
    elif prices[first] != earlier[last]:
        yield f"it names another hash for the prices of hour {first} than the bundle before it"
