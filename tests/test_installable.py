"""Refrain among a phone's programs: a manifest, pictures as it says, the page's colours."""

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.test import Client
from PIL import Image

from marketplace.installable import ICONS, PAPER

pytestmark = pytest.mark.usefixtures("django_db_setup")  # which collects the static files
ROOT = settings.BASE_DIR / "marketplace"


def test_the_manifest_names_pictures_that_are_what_it_says() -> None:
    answer = Client().get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    said = answer.json()
    assert (said["start_url"], said["display"]) == ("/", "standalone")
    assert [icon["purpose"] for icon in said["icons"]] == ["any", "any", "maskable"]
    for (name, side, purpose), icon in zip(ICONS, said["icons"], strict=True):
        assert icon["src"].startswith("/static/icons/")
        with Image.open(str(finders.find(f"icons/{name}.png"))) as picture:
            assert picture.size == (side, side)
            corner = picture.convert("RGBA").getpixel((0, 0))
        assert corner[3] == (255 if purpose == "maskable" else 0)  # type: ignore[index]


def test_its_colours_are_the_pages() -> None:
    tokens = (ROOT / "static/css/tokens.css").read_text()
    paper = re.search(r"--paper: +light-dark\((\S+), (\S+)\)", tokens)
    assert paper is not None
    assert paper.groups() == (PAPER["light"], PAPER["dark"])
    head = render_to_string("components/head.html")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in head
    for theme, colour in PAPER.items():
        assert f'content="{colour}" media="(prefers-color-scheme: {theme})"' in head
