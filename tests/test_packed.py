"""What leaves packed, and what as it is."""

import gzip

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.test import RequestFactory

from marketplace.packed import Packed

WORDS = "A press, and it sounds. " * 100


def sent(made: HttpResponseBase, accepts: str = "gzip, deflate, br") -> HttpResponseBase:
    def answer(_: HttpRequest) -> HttpResponseBase:
        return made

    response = Packed(answer)(RequestFactory().get("/", headers={"accept-encoding": accepts}))
    assert isinstance(response, HttpResponseBase)
    return response


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "image/svg+xml", "application/json"])
def test_words_are_packed_for_who_can_unpack_them(kind: str) -> None:
    answer = sent(HttpResponse(WORDS, content_type=kind))
    assert isinstance(answer, HttpResponse)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert len(answer.content) < len(WORDS) / 4
    assert gzip.decompress(answer.content).decode() == WORDS
    plain = sent(HttpResponse(WORDS, content_type=kind), "identity")
    assert "Content-Encoding" not in plain.headers


@pytest.mark.parametrize(
    "made",
    [
        HttpResponse(WORDS, content_type="audio/mpeg"),
        HttpResponse(WORDS, content_type="application/zip", status=206),
        HttpResponse(WORDS, content_type="image/webp"),
        StreamingHttpResponse([WORDS], content_type="text/csv"),
        HttpResponse("short", content_type="text/html"),
    ],
    ids=["sound", "archive", "picture", "stream", "short"],
)
def test_all_else_leaves_as_it_is(made: HttpResponseBase) -> None:
    assert "Content-Encoding" not in sent(made).headers
