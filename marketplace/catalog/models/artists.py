"""Artists: under whose names there is something to hear."""

import uuid

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from marketplace.catalog.models.pages import path_of
from marketplace.users.models import User
from royalties.models import Party


class Artist(models.Model):
    """A performing name. Without a `user` it is unclaimed: an operator assigns it to a login."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="artists")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

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
