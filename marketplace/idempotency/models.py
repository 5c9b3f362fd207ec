"""Answers kept by the key their request came with, so that a request sent again is answered again.

An answer is written in the transaction of what it tells of: there is neither without the other.
"""

from __future__ import annotations

from django.db import models

from marketplace.users.models import User

LONGEST = 255


class KeptAnswer(models.Model):
    """What the first request with a login's key was answered."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=LONGEST)
    request_sha256 = models.BinaryField(max_length=32)  # of address and body
    status = models.PositiveSmallIntegerField()
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_answer_a_key")]
        indexes = [models.Index(fields=["made_at"], name="answer_to_forget")]
