"""The key to one stream: who has it may report on it and stop it, and do nothing else.

It is made when the stream is opened, in the session of its listener, and names stream, login and
when it ends; it is worth nothing once the stream has ended, as it does where that session is signed
out, or the login is closed. Invariant: such a request is believed because of its key alone, so it
needs no session and no guard against forged forms, which can't know the key.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import wraps
from hashlib import sha256
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from marketplace.catalog.models import path_of
from marketplace.users.backends import WithParty

LASTS = timedelta(hours=1)  # beyond twice the song
KEY = re.compile(r"([0-9]{1,18})\.([0-9]{1,12})\.([\w-]{43})")
View = Callable[..., HttpResponse]
_signer = signing.Signer(salt="refrain.stream.reports")


def key_of(stream: UUID, login: int, opened_at: datetime, song_seconds: float) -> str:
    """The key to a stream, which goes into its addresses."""
    until = opened_at + LASTS + timedelta(seconds=2 * song_seconds)
    told = f"{login}.{int(until.timestamp())}"
    return f"{told}.{_signer.signature(f'{stream}.{told}')}"


def login_of(key: str, stream: UUID, at: datetime) -> int | None:
    """Whose key to this stream it is; None if it is nobody's, another stream's, or has ended."""
    found = KEY.fullmatch(key)
    if found is None:
        return None
    login, until, signature = found.groups()
    if not constant_time_compare(signature, _signer.signature(f"{stream}.{login}.{until}")):
        return None
    return int(login) if at < datetime.fromtimestamp(int(until), UTC) else None


def session_of(request: HttpRequest) -> str:
    """What a stream remembers of the session that opens it: not enough to be it."""
    key = request.session.session_key
    return sha256(key.encode()).hexdigest()[:16] if key else ""


def addresses(stream: UUID, key: str) -> dict[str, str]:
    """Where to report on the stream and where to stop it, without a session."""
    return {
        f"{name}_url": f"{path_of(f'api:{name}', stream)}?key={key}"
        for name in ("heartbeat", "stop")
    }


def keyed(view: View) -> View:
    """A stream's view to which its key may come in place of a session."""

    @wraps(view)
    def answered(request: HttpRequest, pk: UUID) -> HttpResponse:
        login = login_of(request.GET.get("key", ""), pk, timezone.now())
        user = None if login is None else WithParty().get_user(login)
        if user is not None:
            request.user = user
            request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return view(request, pk=pk)

    return answered
