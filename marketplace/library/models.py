"""Playlists: a listener's own lists of songs, in an order of their own."""

from __future__ import annotations

import uuid

from django.db import models
from django.urls import reverse

from marketplace.catalog.models import Track
from marketplace.users.models import User


class Playlist(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="playlists")
    name = models.CharField(max_length=80)
    is_shared = models.BooleanField(default=False)  # with whoever has its address
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint("user", "name", name="playlist_named_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("library:playlist", args=[self.pk])


class PlaylistTrack(models.Model):
    """A song stands in a playlist once; positions run from 0 without a gap."""

    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="entries")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="+")
    position = models.PositiveIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["playlist", "track"], name="playlist_track_once"),
            models.UniqueConstraint(
                fields=["playlist", "position"],
                name="playlist_in_order",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
