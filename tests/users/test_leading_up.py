"""Who looks at an address that only forms are sent to is led to the page with the form."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from marketplace.users.coming_back import page_above
from tests.browser.test_pages_listed import OWN_DOORS, answers_post_alone
from tests.builders import a_track, a_user
from tests.pages import page

SOME = {"int": "7", "uuid": "00000000-0000-4000-8000-000000000001", "str": "some"}


def posted_to(patterns: list[URLPattern | URLResolver], before: str = "/") -> list[str]:
    """Addresses that answer POST alone, with something in each place."""
    found = []
    for pattern in patterns:
        route = before + getattr(pattern.pattern, "_route", "")
        if isinstance(pattern, URLResolver):
            if str(pattern.pattern).partition("/")[0] not in OWN_DOORS:
                found += posted_to(pattern.url_patterns, route)
        elif answers_post_alone(pattern):
            filled = route
            for kind, value in SOME.items():
                for name in pattern.pattern.converters:
                    filled = filled.replace(f"<{kind}:{name}>", value)
            found.append(filled)
    return found


def test_each_address_of_a_form_lies_below_a_page() -> None:
    addresses = posted_to(get_resolver().url_patterns)
    assert {"/account/name", "/wallet/top-up", "/lean"} <= set(addresses)
    for address in addresses:
        assert "<" not in address
        found = page_above(address)
        view = resolve(found)
        assert found != address, address
        assert view.view_name != "discovery:home" or address.count("/") == 1, address


@pytest.mark.django_db
def test_enter_in_the_address_bar_leads_to_the_form(client: Client) -> None:
    user, track = a_user(), a_track()
    client.force_login(user)
    assert client.get("/account/name").headers["Location"] == "/account"
    assert client.get(f"{track.get_absolute_url()}/like").headers["Location"] == (
        track.get_absolute_url()
    )
    assert "Your account" in page(client, "/account")
    assert client.put("/account/name").status_code == 405
    assert client.get("/api/v1/plays").status_code != 302
