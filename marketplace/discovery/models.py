"""Trained models that may serve, and what listeners said of tracks."""

from django.db import models

from marketplace.catalog.models import Track
from marketplace.users.models import User


class ModelVersion(models.Model):
    """One trained recommender, stored as a folder of arrays; the newest `serving` one answers."""

    name = models.CharField(max_length=60, unique=True)  # the artifact folder's name
    trained_at = models.DateTimeField()
    tracks = models.PositiveIntegerField()
    listeners = models.PositiveIntegerField()
    plays = models.PositiveIntegerField()
    seconds = models.FloatField()


class Like(models.Model):
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="likes")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="likes")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "track"], name="like_once")]


class Dislike(models.Model):
    """Not for this listener: left out of feed, radio and whatever else plays by itself."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="dislikes")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="dislikes")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "track"], name="dislike_once")]
