"""Artists: under whose names there is something to hear."""

import uuid

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from marketplace.catalog.models.pages import path_of
from marketplace.media.files import NAME_LENGTH
from marketplace.users.models import User
from royalties.models import Party

ABOUT_LENGTH = 600


class Artist(models.Model):
    """A performing name. Without a `user` it is unclaimed: an operator assigns it to a login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="artists")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    # what its login says of it, in plain text; and a picture, by its name in the store
    about = models.TextField(max_length=ABOUT_LENGTH, blank=True, default="", db_default="")
    links = models.TextField(blank=True, default="", db_default="")  # one a line
    picture = models.CharField(max_length=NAME_LENGTH, blank=True, default="", db_default="")
    revision = models.PositiveIntegerField(default=0, db_default=0)  # of these three

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "name", condition=Q(user__isnull=True), name="one_unclaimed_artist_a_name"
            )
        ]
        indexes = [
            GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="artist_name_trigrams"),
            models.Index(OpClass(Upper("name"), "text_pattern_ops"), name="artist_name_begins"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return path_of("catalog:artist", self.pk)

    @property
    def picture_url(self) -> str:
        """Another one for each picture; empty where there is none."""
        if not self.picture:
            return ""
        return f"{path_of('catalog:artist-picture', self.pk)}?v={self.revision}"
