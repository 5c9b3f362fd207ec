from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from marketplace.catalog.models import Artist, Track


class Kept(admin.ModelAdmin[Any]):
    """Comes and goes by the catalogue's own ways; here only its words may be corrected."""

    words: tuple[str, ...] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [field.name for field in self.model._meta.fields if field.name not in self.words]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Artist)
class ArtistAdmin(Kept):
    """Operators give an artist to a login on their own page, which does it once; another name is
    given on the artist's page, where each change leaves a line.
    """

    list_display = ("name", "user", "created_at")
    search_fields = ("name",)


@admin.register(Track)
class TrackAdmin(Kept):
    """What it is called is corrected on its own page, where each change leaves a line."""

    words = ("isrc",)
    list_display = ("title", "artist", "state", "failure", "published_at")
    list_filter = ("state",)
    search_fields = ("title", "artist__name", "isrc")
