"""One Chromium for each file, one fresh context with the style guide for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from tests.browser.chromium import Watch, chromium

if TYPE_CHECKING:
    from tests.browser.served import Api


@pytest.fixture(autouse=True)
def _plain_static_files(settings: Settings) -> Iterator[None]:
    from tests.templatetags.conftest import forget  # needs Django, as below

    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not longer: while it runs an event loop does too, and Django refuses its database."""
    with chromium() as running:
        yield running


@pytest.fixture
def api() -> Api:
    from tests.browser.served import Api  # needs Django, which is set up after this file is read

    return Api()


@pytest.fixture
def page(browser: Browser, api: Api) -> Iterator[Page]:
    from tests.browser.served import ORIGIN, serve

    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    serve(context, api)
    opened = context.new_page()
    opened.goto(ORIGIN)
    yield opened
    context.close()


@pytest.fixture
def watch(page: Page) -> Watch:
    """Faults from here on."""
    return Watch(page)
