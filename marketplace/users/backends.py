"""Django's own way to log in; every request that knows its user soon asks for the user's party."""

from __future__ import annotations

from functools import lru_cache

from django.contrib.auth.backends import ModelBackend

from marketplace.users.models import User
from royalties.models import Party
from royalties.prepared import prepared


class WithParty(ModelBackend):
    """Reads the signed-in user and the party in one query."""

    def get_user(self, user_id: int) -> User | None:
        with prepared() as cursor:
            cursor.execute(_statement(), [user_id])
            row = cursor.fetchone()
        if row is None:
            return None
        names, partys = ([f.attname for f in m._meta.concrete_fields] for m in (User, Party))
        user = User.from_db("default", names, row[: len(names)])
        user.party = Party.from_db("default", partys, row[len(names) :])
        return user if self.user_can_authenticate(user) else None


@lru_cache
def _statement() -> str:
    """As the models say it: the user's columns, then the party's."""
    asked = User.objects.select_related("party").filter(pk=0)
    return asked.query.sql_with_params()[0]
