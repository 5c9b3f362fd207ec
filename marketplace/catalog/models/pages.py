"""Where the page of an artist, a track or a cover stands."""

import uuid
from functools import lru_cache

from django.urls import reverse

SOME_ID = uuid.UUID(int=0)


def path_of(name: str, pk: uuid.UUID | None) -> str:
    """Where the thing of that id stands: a list of fifty songs asks for a hundred and fifty."""
    return _path(name).replace(str(SOME_ID), str(pk))


@lru_cache
def _path(name: str) -> str:
    return reverse(name, args=[SOME_ID])
