"""Artists and tracks: what there is to hear, and where each stands between upload and listening."""

from __future__ import annotations

import uuid
from functools import lru_cache

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse

from marketplace.catalog.analysis.kinds import Kind
from marketplace.catalog.tempo import DECLARED_BPM, counted_bpm
from marketplace.media.files import NAME_LENGTH
from marketplace.users.models import User
from royalties.models import Party, Terms
from royalties.prepared import prepared

STATEMENT_LENGTH = 2_000
REASON_LENGTH = 200
PERCENT = "\u00a0%"
HEARD_PERCENT = 0.5  # less of a change in speed or pitch is measured, not made
DISPUTED = {"stated_at__isnull": False, "decided_at": None}  # an operator has to decide
SOME_ID = uuid.UUID(int=0)
PAYS = """
WITH mine(party_id) AS (
    SELECT %(party)s::uuid UNION ALL SELECT party_id FROM catalog_artist WHERE user_id = %(user)s
    UNION ALL SELECT other_id FROM royalties_partylink WHERE party_id = %(party)s::uuid
)
SELECT EXISTS (SELECT FROM mine WHERE party_id = %(issuer)s)
    OR EXISTS (SELECT FROM mine JOIN royalties_payee p USING (party_id) WHERE terms_id = %(terms)s)
"""


def path_of(name: str, pk: uuid.UUID) -> str:
    """Where the thing of that id stands: a list of fifty songs asks for a hundred and fifty."""
    return _path(name).replace(str(SOME_ID), str(pk))


@lru_cache
def _path(name: str) -> str:
    return reverse(name, args=[SOME_ID])


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
    gain_db = models.FloatField(
        db_default=0.0
    )  # by which streaming copies are louder than the file

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
        return path_of("catalog:cover", self.pk)


class Fingerprint(models.Model):
    """By what a published recording is found again. Rows come in one after the other, under
    `discovery.fingerprints.LOCK`: whoever has seen one has seen all of lower numbers.
    """

    id = models.BigAutoField(primary_key=True)
    track = models.OneToOneField(Track, on_delete=models.CASCADE, related_name="fingerprint")
    sound_hash = models.CharField(max_length=64)  # of the decoded sound that was heard
    version = models.PositiveSmallIntegerField()
    landmarks = models.BinaryField()  # of recommender.triplets.LANDMARK


class Resemblance(models.Model):
    """An upload refused because it is the same as a published recording; and whoever says that it
    is theirs to publish all the same, and what an operator decided.
    """

    id = models.BigAutoField(primary_key=True)
    upload = models.OneToOneField(Track, on_delete=models.CASCADE, related_name="resemblance")
    original = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()
    # the upload at second t is the original at offset_seconds + speed * t, in these seconds of it
    score = models.FloatField()
    offset_seconds = models.FloatField()
    speed = models.FloatField()
    pitch_cents = models.FloatField()
    spans = models.JSONField(default=list)
    # the dispute
    statement = models.TextField(max_length=STATEMENT_LENGTH, blank=True, default="")
    stated_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    allowed = models.BooleanField(default=False)
    answer = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_at=None, allowed=False) | Q(stated_at__isnull=False),
                name="a_decision_answers_a_dispute",
            )
        ]
        indexes = [models.Index(fields=["stated_at"], condition=Q(**DISPUTED), name="dispute_open")]

    @property
    def is_open(self) -> bool:
        """Whether an operator has to decide."""
        return self.stated_at is not None and self.decided_at is None

    @property
    def percent(self) -> int:
        """Of landmarks that fall together."""
        return round(100 * self.score)

    @property
    def bent(self) -> str:
        """How the upload was changed, in words; empty where it was not."""
        faster, higher = 100 * (self.speed - 1), 100 * (2 ** (self.pitch_cents / 1_200) - 1)
        said = []
        if abs(faster) >= HEARD_PERCENT:
            said.append(f"{abs(faster):.1f}{PERCENT} {'faster' if faster > 0 else 'slower'}")
        if abs(higher) >= HEARD_PERCENT:
            said.append(f"{abs(higher):.1f}{PERCENT} {'higher' if higher > 0 else 'lower'}")
        return f"the upload is {' and '.join(said)}" if said else ""

    @property
    def original_spans(self) -> list[tuple[float, float]]:
        """The same seconds, of the original."""
        longest = self.original.duration_seconds or 0.0
        ends = [[self.offset_seconds + self.speed * end for end in span] for span in self.spans]
        return [(max(0.0, first), min(longest, last)) for first, last in ends]


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


class Withdrawal(models.Model):
    """A song off sale, and why; its own people or an operator took it off."""

    id = models.BigAutoField(primary_key=True)
    track = models.ForeignKey(Track, on_delete=models.PROTECT, related_name="withdrawals")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_operator = models.BooleanField()  # then only an operator ends it
    reason = models.CharField(max_length=REASON_LENGTH)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["track"], condition=Q(ended_at=None), name="withdrawn_once"
            )
        ]


class LostFile(models.Model):
    """A file that a row names and its store lacks, for operators (`catalog.stocktaking`)."""

    name = models.CharField(max_length=NAME_LENGTH, primary_key=True)
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Leftover(models.Model):
    """A file that no row names any more: it goes when it is due (`catalog.leftovers`)."""

    name = models.CharField(max_length=NAME_LENGTH, primary_key=True)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name
