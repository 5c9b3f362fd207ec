"""Trained models that may serve, what listeners said of tracks, and which of them rise."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from marketplace.catalog.models import Artist, Track
from marketplace.users.models import User


class ModelVersion(models.Model):
    """One trained recommender, stored as a folder of arrays; see `versions` for which answers."""

    name = models.CharField(max_length=60, unique=True)  # the artifact folder's name
    trained_at = models.DateTimeField()
    tracks = models.PositiveIntegerField()
    listeners = models.PositiveIntegerField()
    plays = models.PositiveIntegerField()
    seconds = models.FloatField()
    pinned = models.BooleanField(default=False)  # answers until released; nothing is trained then
    # what its training wrote of it, see `recommender.cards`; None: trained before there were cards
    card = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pinned"], condition=Q(pinned=True), name="one_pinned_model"
            )
        ]


class Like(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="likes")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="likes")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "track"], name="like_once")]


class Follow(models.Model):
    """A listener wants to see what an artist brings out."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follows")
    artist = models.ForeignKey(Artist, on_delete=models.CASCADE, related_name="followers")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "artist"], name="follow_once")]


class Dislike(models.Model):
    """Not for this listener: left out of feed, radio and whatever else plays by itself; `less`: the
    feed moves away from what is like it, too.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="dislikes")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="dislikes")
    at = models.DateTimeField()
    less = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "track"], name="dislike_once")]


class Leaning(models.Model):
    """How far a listener's feed leans from what is known, -3, to surprise, 3."""

    MOST = 3

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="leaning"
    )
    steps = models.SmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(steps__range=(-3, 3)), name="leaning_in_steps")
        ]


class Newcomer(models.Model):
    """A song on sale to which a place by chance may go, as last looked for; see `newcomers`."""

    track = models.OneToOneField(Track, primary_key=True, on_delete=models.CASCADE)


class Shown(models.Model):
    """A list as one listener was shown it, once however often it is drawn; swept after a while.

    The arrays go by place. `chosen`: how the song came there, of `Chosen`.
    """

    class Chosen(models.IntegerChoices):
        RANKED = 0
        DRAWN_BEST = 1  # by chance, and a policy without chance would have put it there as well
        DRAWN = 2

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField(db_index=True)
    fingerprint = models.BigIntegerField()  # of its hour and what it shows
    kind = models.CharField(max_length=8)
    model = models.CharField(max_length=60)  # the version that ranked
    policy = models.CharField(max_length=40)
    seed = models.BigIntegerField()
    tracks = ArrayField(models.UUIDField())
    chosen = ArrayField(models.SmallIntegerField())
    propensities = ArrayField(models.FloatField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "fingerprint"], name="shown_once"),
        ]


class ExposureWeek(models.Model):
    """Whom lists of a week showed and who was played; see `exposure`."""

    week = models.DateField(primary_key=True)  # its Monday
    made_at = models.DateTimeField()
    figures = models.JSONField()


class WorthReport(models.Model):
    """What a policy of exploration was last found to earn; see `worth`."""

    policy = models.CharField(max_length=40, primary_key=True)
    made_at = models.DateTimeField()
    figures = models.JSONField()


class WeeklyMix(models.Model):
    """The songs chosen for a listener's week: made once and kept as they were; see `weekly`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mixes", db_index=False)
    week = models.DateField()  # its Monday, UTC
    made_at = models.DateTimeField()
    model = models.CharField(max_length=60)  # the version that ranked
    # in order: {"track", "kind", "because", "traits"}, a recommender's reason beside each
    songs = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "week"], name="one_mix_a_week")]


class Rising(models.Model):
    """A song that rises, as last added up; see `rising`."""

    track = models.OneToOneField(Track, primary_key=True, on_delete=models.CASCADE)
    place = models.PositiveIntegerField(unique=True)  # from 0, the largest gain first
    before = models.FloatField()  # share of those asked who accepted, the week before and this one
    now = models.FloatField()
