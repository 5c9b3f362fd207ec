from django.contrib import admin

from marketplace.catalog.models import Artist, Track


@admin.register(Artist)
class ArtistAdmin(admin.ModelAdmin[Artist]):
    list_display = ("name", "user", "created_at")
    search_fields = ("name",)
    raw_id_fields = ("user", "party")


@admin.register(Track)
class TrackAdmin(admin.ModelAdmin[Track]):
    """Terms never change: here they can only be read."""

    list_display = ("title", "artist", "state", "failure", "published_at")
    list_filter = ("state",)
    search_fields = ("title", "artist__name", "isrc")
    raw_id_fields = ("artist", "uploaded_by")
    readonly_fields = ("terms", "file_hash", "sound_hash", "draft", "peaks", "features")
