"""Pressing play, the request that a listener waits for: answered in few steps where all is plain.

Invariant: it refuses nothing. Whatever is not plain (another form of request, a key, a token that
is missing, a field that is wrong) goes on to the API's view, which answers the plain as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from marketplace.catalog.analysis import Kind
from marketplace.catalog.renditions import Quality, wanted
from marketplace.idempotency.once import HEADER, is_forged
from marketplace.listening.api import StreamRequest, pressed
from marketplace.listening.keys import session_of
from marketplace.pricing.models import Quote
from marketplace.problems import Problem
from marketplace.users.models import User

View = Callable[..., HttpResponse]
MOST_BYTES = 1_024
SURFACES, QUALITIES = set(Quote.Surface.values), set(Quality)
FORMATS = {"mp3", "opus"}
FIELDS = {"track", "surface", "formats", "quality"}


@dataclass(frozen=True)
class Wish:
    """What a press asks for."""

    track: UUID
    surface: str
    kind: Kind


def quick(view: View) -> View:
    """The view of `POST /streams`, with a short way for a track that is asked for plainly."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        wish, user = wish_of(request), request.user
        if wish is None or not isinstance(user, User) or is_forged(request):
            return view(request)
        try:
            told = (wish.track, user, wish.surface, timezone.now(), wish.kind)
            body = pressed(*told, session_of(request))
        except Problem as error:
            return JsonResponse(error.body(), status=error.status)
        return HttpResponse(body, content_type="application/json", status=201)

    return answered


def wish_of(request: HttpRequest) -> Wish | None:
    """What is asked for; None where that needs a closer look."""
    if request.method != "POST" or request.content_type != "application/json":
        return None
    if HEADER in request.headers or int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        return None
    try:
        asked = json.loads(request.body)
        return _wish(asked) if isinstance(asked, dict) and asked.keys() <= FIELDS else None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None  # UUID() asks any object for what text has


def _wish(asked: dict[str, Any]) -> Wish | None:
    usual = StreamRequest().fields
    formats: Any = asked.get("formats", usual["formats"].default)
    quality: Any = asked.get("quality", usual["quality"].default)
    surface: Any = asked.get("surface", usual["surface"].default)
    known = quality in QUALITIES and surface in SURFACES and isinstance(formats, list)
    if not known or len(formats) > len(FORMATS) or not FORMATS.issuperset(formats):
        return None
    return Wish(UUID(asked["track"]), surface, wanted(formats, quality))
