"""Answers made of words go out gzipped, by Django's own middleware.

Invariant: sound, pictures, archives and whatever is streamed leave as they are. Only answers with a
length of their own and a type named here are packed; sound has another handler (`asgi.Sound`).

Lengths of packed pages could tell a secret that stands beside words of a stranger's choice
(BREACH). A form's token is masked anew in each page, the middleware adds up to 100 bytes by chance,
and a foreign site can't ask again and again on a listener's behalf, since the session's cookie is
`Lax`.
"""

import re

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_vary_headers

WORDS = frozenset(
    {
        "application/json",
        "application/problem+json",
        "application/vnd.oai.openapi",
        "image/svg+xml",
        "text/csv",
        "text/html",
        "text/markdown",
        "text/plain",
    }
)

# Django's middleware takes the bare name for a wish
REFUSED = re.compile(r"\bgzip\s*;\s*q=0(\.0*)?\s*(,|$)", re.IGNORECASE)


class Packed(GZipMiddleware):
    """Middleware, before all that writes a body."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in WORDS:
            return response
        if REFUSED.search(request.headers.get("Accept-Encoding", "")):
            patch_vary_headers(response, ["Accept-Encoding"])
            return response
        return super().process_response(request, response)
