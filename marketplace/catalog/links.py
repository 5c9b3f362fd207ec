"""Addresses that artists give of themselves: of the web alone, shown as what they lead to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.encoding import iri_to_uri, punycode

MOST_LINKS = 5
LONGEST = 200
SHOWN = 40

_is_url = URLValidator(schemes=["http", "https"])


class NoAddress(ValueError):
    """A line that leads nowhere on the web, or to somebody's password."""


@dataclass(frozen=True)
class Link:
    """`words` are the address without what all have; they can't tell another one than `url`."""

    url: str
    words: str


def cleaned(line: str) -> str:
    """The address in ASCII, so that no letters look like others or turn around.

    Raises:
        NoAddress: it is none of the web, has a login in it, or is over 200 letters long
    """
    try:
        _is_url(line if "://" in line else f"https://{line}")
        parts = urlsplit(line if "://" in line else f"https://{line}")
        url = urlunsplit(parts._replace(netloc=_host(parts)))
    except (ValidationError, ValueError):
        raise NoAddress(line) from None
    url = iri_to_uri(url)
    if "@" in parts.netloc or len(url) > LONGEST:
        raise NoAddress(line)
    return url


def _host(parts: SplitResult) -> str:
    name, colon, port = parts.netloc.partition(":")
    return f"{punycode(name).lower()}{colon}{port}"


def links_of(lines: str) -> list[Link]:
    return [Link(url, _words(url)) for url in lines.split()]


def _words(url: str) -> str:
    shown = url.partition("://")[2].removeprefix("www.").rstrip("/")
    return shown if len(shown) <= SHOWN else f"{shown[: SHOWN - 1]}…"
