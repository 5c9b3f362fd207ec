"""Files of tracks in the store: further copies for players, what is lost and what is left over."""

from django.db import models
from django.db.models import Q

from marketplace.catalog.analysis.kinds import Kind
from marketplace.catalog.models.artists import Artist
from marketplace.catalog.models.tracks import Track
from marketplace.media.files import NAME_LENGTH


class Rendition(models.Model):
    """A streaming copy beyond the one every song has: asked for by a player, made by a worker."""

    id = models.BigAutoField(primary_key=True)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="renditions")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.value) for kind in Kind])
    asked_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # once it is made
    total_bytes = models.PositiveIntegerField(null=True)
    # little-endian 32 bit numbers: bytes that sound for the first second, the first two, ...
    second_ends = models.BinaryField(null=True)
    file = models.CharField(max_length=NAME_LENGTH, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "kind"], name="rendition_once"),
            models.CheckConstraint(
                condition=Q(total_bytes=None, second_ends=None)
                | Q(total_bytes__isnull=False, second_ends__isnull=False),
                name="rendition_is_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["asked_at"], condition=Q(total_bytes=None), name="rendition_to_make"
            )
        ]


class LostFile(models.Model):
    """A file that a row names and its store lacks, for operators (`catalog.stocktaking`)."""

    name = models.CharField(max_length=NAME_LENGTH, primary_key=True)
    track = models.ForeignKey(Track, null=True, on_delete=models.CASCADE, related_name="+")
    artist = models.ForeignKey(Artist, null=True, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def owner(self) -> Track | Artist:
        """Whose row names it."""
        found = self.track or self.artist
        assert found is not None
        return found


class Leftover(models.Model):
    """A file that no row names any more: it goes when it is due (`catalog.leftovers`)."""

    name = models.CharField(max_length=NAME_LENGTH, primary_key=True)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
