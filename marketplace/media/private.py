"""What every store of ours is: files are written once, and none has an address of its own."""

from datetime import datetime
from typing import Any, NamedTuple

TRACKS = "tracks"  # the folder of recordings, their copies and covers


class Listed(NamedTuple):
    """A file that is kept, and since when."""

    name: str
    written_at: datetime


class Private:
    """Before a storage of Django's in a class's bases."""

    def url(self, *args: Any, **kwargs: Any) -> str:
        """As Django's storages without addresses do."""
        raise NotImplementedError("sound is served by views, which look at what is paid for")

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # it carries its content's hash, and is written once
