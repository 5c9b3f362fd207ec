"""Django's own way to log in; every request that knows its user soon asks for the user's party."""

from __future__ import annotations

from django.contrib.auth.backends import ModelBackend

from marketplace.users.models import User


class WithParty(ModelBackend):
    """Reads the signed-in user and the party in one query."""

    def get_user(self, user_id: int) -> User | None:
        user = User.objects.select_related("party").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
