"""Where a press leads that is answered by the sign-in page: back to the page it was made on.

What a form is sent to answers no GET: after signing in, the browser would stand on an empty 405.
Who asks for such an address all the same, by Enter in the address bar after a form was refused,
is led to the page that has the form: the nearest one above.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.urls import is_valid_path
from django.utils.http import url_has_allowed_host_and_scheme

View = Callable[[HttpRequest], HttpResponseBase]


def coming_back(get_response: View) -> View:
    """Middleware: `next` of a POST is the page it came from; without one, there is none."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if request.method == "POST" and response.status_code == 302:
            door = resolve_url(settings.LOGIN_URL)
            if response.headers["Location"].startswith(f"{door}?"):
                page = _page_of(request)
                response.headers["Location"] = redirect_to_login(page).url if page else door
        return response

    return answer


def leading_up(get_response: View) -> View:
    """Middleware: a page in place of 405, for who only looks."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_looked_at = request.method in ("GET", "HEAD")
        if response.status_code != 405 or not is_looked_at or request.path.startswith("/api/"):
            return response
        return redirect(page_above(request.path))

    return answer


def page_above(path: str) -> str:
    """The nearest address above that leads somewhere; at last the first page."""
    while path.strip("/"):
        path = path.rstrip("/").rpartition("/")[0]
        for address in (path, f"{path}/"):
            if address and is_valid_path(address):
                return address
    return "/"


def _page_of(request: HttpRequest) -> str:
    """The address of ours that a press was made on, if the browser says it."""
    said = request.headers.get("Referer", "")
    here, is_secure = {request.get_host()}, request.is_secure()
    if not url_has_allowed_host_and_scheme(said, allowed_hosts=here, require_https=is_secure):
        return ""
    page = urlsplit(said)
    return page._replace(scheme="", netloc="", fragment="").geturl()
