"""Tracks: what there is to hear, and where each stands between upload and listening."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from marketplace.catalog.models.artists import Artist
from marketplace.catalog.models.pages import path_of
from marketplace.catalog.pays import PAYS
from marketplace.catalog.tempo import DECLARED_BPM, counted_bpm
from marketplace.media.files import NAME_LENGTH
from marketplace.users.models import User
from royalties.models import Terms
from royalties.prepared import prepared


class TrackQuerySet(models.QuerySet["Track"]):
    def published(self) -> TrackQuerySet:
        """What can be heard, without the columns that no page reads."""
        found = self.filter(state=Track.State.PUBLISHED).select_related("artist")
        return found.defer("features", "draft")

    def sold(self) -> TrackQuerySet:
        """What is on sale or was: what has terms, and may have earned."""
        found = self.filter(state__in=[Track.State.PUBLISHED, Track.State.WITHDRAWN])
        return found.select_related("artist").defer("features", "draft")

    def named(self) -> TrackQuerySet:
        """With the artist, without what sound and its drawing are read from."""
        return self.select_related("artist").defer("features", "draft", "peaks")


class Track(models.Model):
    """One recording. `terms` are set when it is published, and never again."""

    class State(models.TextChoices):
        WAITING = "waiting"  # stored, to be analysed
        FAILED = "failed"  # refused, `failure` says why
        PUBLISHED = "published"
        WITHDRAWN = "withdrawn"  # taken off sale; its terms and what it earned stay

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # an import knows its artist from its tags: when the analysis has passed
    artist = models.ForeignKey(Artist, null=True, on_delete=models.PROTECT, related_name="tracks")
    title = models.CharField(max_length=300)
    album = models.CharField(max_length=300, blank=True, default="")
    # its place in the album, as the file's tags say
    disc_number = models.PositiveSmallIntegerField(null=True)
    track_number = models.PositiveSmallIntegerField(null=True)
    isrc = models.CharField(max_length=12, blank=True, default="")
    genre = models.CharField(max_length=60, blank=True, default="")
    uploaded_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    failure = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    # what the uploader agreed to, turned into terms when the analysis has passed
    draft = models.JSONField(default=dict)
    terms = models.OneToOneField(Terms, null=True, on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64, unique=True)  # sha256 of the uploaded bytes
    sound_hash = models.CharField(max_length=64, null=True, unique=True)  # of the decoded sound
    # names in the store (`marketplace.media`); empty where there is no such file
    original = models.CharField(max_length=NAME_LENGTH, blank=True, default="", db_default="")
    sound = models.CharField(max_length=NAME_LENGTH, blank=True, default="", db_default="")
    cover = models.CharField(max_length=NAME_LENGTH, blank=True, default="", db_default="")
    # "webp": sent by somebody; "svg": drawn by us for it; "": drawn from its name when asked
    cover_format = models.CharField(max_length=4, blank=True, default="")
    # how often what it is called, or its cover, was corrected since it is published
    revision = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, db_index=True)

    # from the analysis
    duration_seconds = models.FloatField(null=True)
    tempo_bpm = models.FloatField(null=True)  # as measured: perhaps half or double
    declared_bpm = models.FloatField(null=True)  # as the file's tags say
    peaks = models.JSONField(default=list)
    features = models.JSONField(default=list)
    features_version = models.PositiveIntegerField(null=True)
    stream_bytes = models.PositiveIntegerField(null=True)  # of the rendition
    stream_byte_rate = models.PositiveIntegerField(null=True)  # bytes a second, constant
    # by which streaming copies are louder than the file
    gain_db = models.FloatField(db_default=0.0)

    objects = TrackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published")
                | Q(
                    artist__isnull=False,
                    terms__isnull=False,
                    published_at__isnull=False,
                    duration_seconds__isnull=False,
                    stream_bytes__isnull=False,
                ),
                name="published_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(declared_bpm=None) | Q(declared_bpm__range=DECLARED_BPM),
                name="a_declared_tempo_is_playable",
            ),
        ]
        indexes = [
            # upper(): what Django's case-insensitive lookups compare; see catalog.search
            GinIndex(OpClass(Upper("title"), "gin_trgm_ops"), name="track_title_trigrams"),
            GinIndex(OpClass(Upper("album"), "gin_trgm_ops"), name="track_album_trigrams"),
            # trigrams can't tell a title's beginning from a word's
            models.Index(OpClass(Upper("title"), "text_pattern_ops"), name="track_title_begins"),
            models.Index(OpClass(Upper("album"), "text_pattern_ops"), name="track_album_begins"),
            models.Index(Upper("genre"), name="track_genre_upper"),
            # how the list of all songs is read, and counted
            models.Index(
                fields=["-published_at", "id"],
                condition=Q(state="published"),
                name="track_on_sale",
            ),
            # the few that wait or failed, among all that are on sale
            models.Index(
                fields=["state", "created_at"],
                condition=Q(state__in=["waiting", "failed"]),
                name="track_unpublished",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return path_of("catalog:track", self.pk)

    def pays(self, user: User) -> bool:
        """Whether it pays this login, an artist of the login's, or an account linked to it."""
        assert self.terms is not None
        payees = {"issuer": self.terms.issuer_id, "terms": self.terms.pk}
        with prepared() as cursor:
            cursor.execute(PAYS, {"party": user.party_id, "user": user.pk, **payees})
            return bool(cursor.fetchone()[0])

    @property
    def album_url(self) -> str:
        """Of its artist's songs that name the same album."""
        return f"{path_of('catalog:album', self.artist_id)}?{urlencode({'name': self.album})}"

    @property
    def is_on_sale(self) -> bool:
        return self.state == Track.State.PUBLISHED

    @property
    def is_kept(self) -> bool:
        """Whether what was sent is still here, so that it can be analysed again."""
        return bool(self.original)

    @property
    def counting_seconds(self) -> float:
        """Heard this long, a play counts: 30 s, or half of a short track."""
        assert self.duration_seconds is not None
        return min(settings.COUNT_AFTER.total_seconds(), self.duration_seconds / 2)

    @property
    def counted_bpm(self) -> float | None:
        """Beats a minute as declared, else as its style counts what was measured, in whole ones."""
        if self.declared_bpm is not None:
            return self.declared_bpm
        measured = counted_bpm(self.tempo_bpm, self.genre) if self.tempo_bpm else None
        return measured and round(measured)

    @property
    def head_seconds(self) -> float:
        """What flows before a play is counted: the counting point and a little more."""
        assert self.duration_seconds is not None
        extra = min(settings.HEAD_EXTRA.total_seconds(), self.duration_seconds / 10)
        extra = max(extra, settings.HEAD_LEAST.total_seconds())
        return min(self.counting_seconds + extra, self.duration_seconds)

    @property
    def counting_fraction(self) -> float:
        assert self.duration_seconds is not None
        return self.counting_seconds / self.duration_seconds

    @property
    def cover_url(self) -> str:
        """Another one after a correction: browsers keep a cover for an hour."""
        path = path_of("catalog:cover", self.pk)
        return f"{path}?v={self.revision}" if self.revision else path
