"""Every page is photographed and checked: a new one is listed, or left out with a reason."""

from collections.abc import Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404

from tests.browser.screenshots import NO_PICTURE, PAGES

OWN_DOORS = {"admin", "api"}  # Django's and the API's own pages


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """Names of all views that answer GET, with their namespace."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            if pattern.name and not answers_post_alone(pattern):
                yield f"{space}{pattern.name}"
        elif str(pattern.pattern).partition("/")[0] not in OWN_DOORS:
            inner = f"{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern.url_patterns, inner)


def answers_post_alone(pattern: URLPattern) -> bool:
    """Whether the view, or one it wraps, is `require_POST`'s."""
    view: Any = pattern.callback
    while view is not None:
        if view.__closure__ and any(cell.cell_contents == ["POST"] for cell in view.__closure__):
            return True
        view = getattr(view, "__wrapped__", None)
    return False


def photographed() -> set[str]:
    found = {shot.view for shot in PAGES if shot.view}
    for shot in PAGES:
        try:
            found.add(resolve(shot.path.partition("?")[0]).view_name)
        except Resolver404:
            assert 404 in shot.expected, shot
    return found


def test_each_page_is_photographed_or_left_out_with_a_reason() -> None:
    known = set(names(get_resolver().url_patterns))
    missing = known - photographed() - NO_PICTURE.keys()
    assert not missing, "list these in tests/browser/screenshots.py"
    assert NO_PICTURE.keys() <= known, "left out, and no longer there"
