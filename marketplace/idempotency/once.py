"""`Idempotency-Key`: a write sent again under its key happens once and is answered as before.

As the IETF draft has it (draft-ietf-httpapi-idempotency-key-header-07): the same key with another
request is 422, while the first one still runs 409. The answer is committed with the write, so that
a process killed at any moment leaves both or neither. A refusal (4xx) is not kept: what was in its
way may be gone the next time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.authentication import CSRFCheck
from rest_framework.request import Request

from marketplace.idempotency.models import LONGEST, KeptAnswer
from marketplace.problems import Conflict, Problem
from marketplace.users.models import User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
KEY = re.compile(r'"([\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')
ALONE = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"

PARAMETER = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=(
        "A key of your own making, new for each write, such as a UUID. Sent again with the same"
        " request within a day, the write happens once and its answer comes again, marked"
        f" {REPLAYED}. With another request it is 422; while the first one is still being answered,"
        " 409."
    ),
)

View = Callable[..., HttpResponse]


class KeyReused(Problem):
    status = 422
    code = "key_reused"


class StillAnswering(Conflict):
    code = "in_progress"


def once(view: View) -> View:
    """A view whose POST is done once for each key of a login; without a key it is as ever."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if request.method != "POST" or HEADER not in request.headers or not isinstance(user, User):
            return view(request, *args, **kwargs)
        if is_forged(request):
            return view(request, *args, **kwargs)  # which refuses it
        try:
            return _answered(request, user, lambda: view(request, *args, **kwargs))
        except (KeyReused, StillAnswering, BadKey) as error:
            return JsonResponse(error.body(), status=error.status)

    return answered


class BadKey(Problem):
    code = "bad_key"


def forget(at: datetime) -> int:
    """Drop answers older than IDEMPOTENCY_KEPT; how many."""
    return KeptAnswer.objects.filter(made_at__lt=at - settings.IDEMPOTENCY_KEPT).delete()[0]


def _answered(request: HttpRequest, user: User, view: Callable[[], HttpResponse]) -> HttpResponse:
    key, asked = key_of(request), _fingerprint(request)
    with transaction.atomic():
        _alone(f"{user.pk}/{key}")
        kept = KeptAnswer.objects.filter(user=user, key=key).first()
        if kept is not None:
            return _again(kept, asked)
        response = view()
        if hasattr(response, "render"):
            response.render()
        if response.status_code < 400:
            KeptAnswer.objects.create(
                user=user,
                key=key,
                request_sha256=asked,
                status=response.status_code,
                content_type=response.get("Content-Type", ""),
                content=response.content,
                made_at=timezone.now(),
            )
    return response


def is_forged(request: HttpRequest) -> bool:
    """Whether the token against forged requests is missing; a kept answer asks for it as well."""
    check = CSRFCheck(HttpResponse)
    check.process_request(request)
    return check.process_view(request, HttpResponse, (), {}) is not None  # no view: none is exempt


def key_of(request: HttpRequest | Request) -> str:
    """The key a request came with, quoted (as a string of RFC 8941) or bare.

    Raises:
        BadKey: it is empty, too long or holds what no key may
    """
    found = KEY.fullmatch(request.headers[HEADER].strip())
    if found is None:
        raise BadKey(f"{HEADER} is 1 to {LONGEST} visible ASCII characters, such as a UUID.")
    return found[1] or found[2]


def _again(kept: KeptAnswer, asked: bytes) -> HttpResponse:
    if bytes(kept.request_sha256) != asked:
        raise KeyReused("This key came with another request before; take a new key for this one.")
    response = HttpResponse(bytes(kept.content), kept.content_type or None, kept.status)
    response[REPLAYED] = "true"
    return response


def _alone(name: str) -> None:
    """Until the transaction ends nobody else answers this key."""
    with connection.cursor() as cursor:
        cursor.execute(ALONE, [name])
        (free,) = cursor.fetchone()
    if not free:
        raise StillAnswering("The first request with this key is still being answered; ask again.")


def _fingerprint(request: HttpRequest) -> bytes:
    """SHA-256 of address and body; of a form by its fields, as boundaries differ each time."""
    digest = sha256(f"{request.get_full_path()}\n{request.content_type}\n".encode())
    if request.content_type != "multipart/form-data":
        digest.update(request.body)
        return digest.digest()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return digest.digest()
