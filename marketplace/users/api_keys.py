"""API keys: what a program sends in place of a session, and what it may do with it.

A key stands for its login at `/api/` and nowhere else: pages, and with them password, e-mail,
wallet and the keys themselves, ask for a session. It needs no guard against forged forms, since no
browser sends it by itself. 256 random bits: a plain hash of them can't be guessed back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.db import transaction
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from marketplace.problems import Conflict, Problem
from marketplace.users import passwords
from marketplace.users.backends import WithParty
from marketplace.users.models import ApiKey, User

View = Callable[[HttpRequest], HttpResponseBase]
BEGINS = "refrain_"  # so that scanners of published code know one
MOST = 20  # of a login
NOTED_EVERY = timedelta(hours=1)


class BadApiKey(Problem):
    status = 401
    code = "bad_api_key"


@transaction.atomic
def make(user: User, name: str, at: datetime) -> str:
    """A new key, told this once. A demo's login, which is everybody's, loses the one that was used
    or made the longest ago for it: else whoever comes first could keep all others out.

    Raises:
        Conflict: the login has `MOST` of them, or another password than `user` was read with.
    """
    same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
    if not same.select_for_update(no_key=True).exists():
        raise Conflict("Your password was changed meanwhile.")
    if user.api_keys.count() >= MOST:
        if not passwords.is_demo_login(user.email):
            raise Conflict(f"You have {MOST} keys; remove one that nothing uses.")
        oldest = user.api_keys.order_by(Coalesce("used_at", "made_at"), "pk")[:1]
        ApiKey.objects.filter(pk__in=oldest.values("pk")).delete()
    key = BEGINS + token_urlsafe(32)
    ApiKey.objects.create(user=user, name=name, digest=_digest(key), made_at=at)
    return key


def owner_of(key: str, at: datetime) -> User:
    """Whose key it is; that it was used is noted.

    Raises:
        BadApiKey: it was removed, or never was one, or its login is closed.
    """
    found = ApiKey.objects.filter(digest=_digest(key)).first()
    user = WithParty().get_user(found.user_id) if found else None
    if found is None or user is None:
        raise BadApiKey("This is no API key, or it was removed; make one on Your account.")
    if found.used_at is None or at - found.used_at >= NOTED_EVERY:
        ApiKey.objects.filter(pk=found.pk).update(used_at=at)
    return user


def by_key(get_response: View) -> View:
    """Middleware: a request to the API with `Authorization: Bearer KEY` is its owner's."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not request.path_info.startswith("/api/"):
            return get_response(request)
        try:
            request.user = owner_of(key.strip(), timezone.now())
        except BadApiKey as error:
            headers = {"WWW-Authenticate": "Bearer"}
            return JsonResponse(error.body(), status=error.status, headers=headers)
        request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
        return get_response(request)

    return answer


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()
