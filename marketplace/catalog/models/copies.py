"""Copies: by what a recording is found again, and the uploads that were refused as one."""

from django.db import models
from django.db.models import Q

from marketplace.catalog.models.tracks import Track

STATEMENT_LENGTH = 2_000
PERCENT = "\u00a0%"
HEARD_PERCENT = 0.5  # less of a change in speed or pitch is measured, not made
DISPUTED = {"stated_at__isnull": False, "decided_at": None}  # an operator has to decide


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
