"""One Chromium and one tab for each file, emptied between tests: a new one would cost a second."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from tests.browser.chromium import Watch, chromium
from tests.browser.waiting import SOUNDS

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


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(SOUNDS)
    yield context.new_page()
    context.close()


@pytest.fixture
def page(tab: Page, api: Api) -> Iterator[Page]:
    """The style guide as a browser shows it that was never here before."""
    from tests.browser.served import ORIGIN, serve

    serve(tab.context, api)
    tab.set_viewport_size({"width": 1280, "height": 800})
    tab.emulate_media(media="null")
    tab.goto(ORIGIN)
    yield tab
    empty(tab)


def empty(tab: Page) -> None:
    """Forget what a test has left: what answers requests, then what the site has stored."""
    from tests.browser.served import ORIGIN

    for routed in (tab, tab.context):
        routed.unroute_all(behavior="ignoreErrors")
    tab.route(ORIGIN, lambda route: route.fulfill(body="", content_type="text/html"))
    tab.goto(ORIGIN)
    tab.unroute_all()
    tab.evaluate("localStorage.clear(), sessionStorage.clear()")
    tab.context.clear_cookies()


@pytest.fixture
def watch(page: Page) -> Watch:
    """Faults from here on."""
    return Watch(page)
