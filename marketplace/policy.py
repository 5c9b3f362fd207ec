"""The content policy of every answer: django-csp's, written once instead of for each of them.

Invariant: one policy for all pages. No page has a nonce or an exception of its own.
"""

from collections.abc import Callable

from csp.constants import HEADER
from csp.utils import build_policy
from django.http import HttpRequest, HttpResponseBase

View = Callable[[HttpRequest], HttpResponseBase]


def policy(get_response: View) -> View:
    """Middleware: the header as `settings.CONTENT_SECURITY_POLICY` has it."""
    header = build_policy()

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault(HEADER, header)
        return response

    return answer
