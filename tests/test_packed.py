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


@pytest.mark.parametrize("accepts", ["gzip;q=0", "br, gzip; q=0.0, *", "identity, GZIP;q=0.000"])
def test_who_refuses_gzip_gets_words_as_they_are(accepts: str) -> None:
    plain = sent(HttpResponse(WORDS, content_type="text/html"), accepts)
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"


def test_a_little_wished_for_gzip_is_given() -> None:
    answer = sent(HttpResponse(WORDS, content_type="text/html"), "gzip;q=0.5, identity;q=0")
    assert answer.headers["Content-Encoding"] == "gzip"
