"""Who may see a page: the signed-in user as what it is, and pages of one role."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from marketplace.users.models import User

View = Callable[..., HttpResponseBase]


def user_of(request: HttpRequest | Request) -> User:
    """The signed-in user, behind login_required or roles()."""
    assert isinstance(request.user, User)
    return request.user


def visitor(request: HttpRequest) -> User | None:
    """The signed-in user, or None."""
    return request.user if isinstance(request.user, User) else None


def roles(*allowed: str) -> Callable[[View], View]:
    """A page of these roles; others are told so, visitors are asked to log in."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return redirect_to_login(request.get_full_path())
            if request.user.role not in allowed:
                raise PermissionDenied(f"This page is for {' and '.join(allowed)} accounts.")
            return view(request, *args, **kwargs)

        return guarded

    return decorate
