"""Fraud holds: plays of one track frozen by a rule, answered by whom they pay, and decided.

A hold's rule, reason and numbers never change; shown and decided are set once, in this order.
"""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.db.models import F, Q

from royalties.models.parties import Party
from royalties.models.periods import Period
from royalties.models.terms import Terms


class FraudHoldSet(models.QuerySet["FraudHold"]):
    """Queries over fraud holds."""

    def open(self) -> Self:
        """Those nobody has decided yet."""
        return self.filter(decided_at=None)

    def of(self, parties: Collection[Party]) -> Self:
        """Of tracks that pay one of these parties directly, or that one of them issued."""
        paid = Terms.objects.filter(Q(payees__party__in=parties) | Q(issuer__in=parties))
        return self.filter(terms__in=paid.values("pk"))


class FraudHold(models.Model):
    """Counted plays of one track under one rule. Nobody is named in it."""

    class Rule(models.TextChoices):
        OWN_SONGS = "own songs", "A song played by those it pays"
        LINKED = "linked accounts", "Accounts that belong together"
        AUTOMATED = "automated playing", "Plays that no person listened to"
        STOLEN = "stolen access", "Somebody else’s account or money"

    class Outcome(models.TextChoices):
        RELEASED = "released"
        FORFEITED = "forfeited"  # other songs get what the plays brought (`redistribution`)
        LAPSED = "lapsed"  # released by itself, as nobody decided in time
        CHARGED_BACK = "charged back"  # the bank took back what had paid every one of the plays

    id = models.BigAutoField(primary_key=True)
    terms = models.ForeignKey(Terms, on_delete=models.PROTECT, related_name="fraud_holds")
    rule = models.CharField(max_length=20, choices=Rule.choices)
    reason = models.CharField(max_length=200)  # what was seen, in words
    numbers = models.JSONField()  # and in numbers: `evidence.Numbers`
    at = models.DateTimeField()
    # when somebody it pays first saw it; the time to answer runs from then, or without it, where
    # nobody looked for so long
    shown_at = models.DateTimeField(null=True)
    answer_by = models.DateTimeField(null=True)
    decide_by = models.DateTimeField(null=True)  # released by itself if undecided until then
    decided_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default="", blank=True)
    decision = models.CharField(max_length=1_000, default="", blank=True)  # the written reason
    # at whose cut-off what it forfeited was first there to be given
    forfeited_in = models.ForeignKey(
        Period, null=True, on_delete=models.PROTECT, related_name="forfeited_holds"
    )

    objects = FraudHoldSet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="fraud_hold_has_a_reason"),
            models.CheckConstraint(
                condition=Q(shown_at=None, answer_by=None, decide_by=None)
                | Q(answer_by__isnull=False, answer_by__lte=F("decide_by"))
                & (Q(shown_at=None) | Q(shown_at__lte=F("answer_by"))),
                name="fraud_hold_deadlines_in_order",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, outcome="", decision="")
                | Q(decided_at__isnull=False) & ~Q(outcome="") & ~Q(decision=""),
                name="fraud_hold_decided_whole",
            ),
        ]
        indexes = [
            models.Index(
                fields=["decide_by"], condition=Q(decided_at=None), name="fraud_hold_undecided"
            )
        ]


class HoldAnswer(models.Model):
    """What somebody the track pays says to a hold. Never changed."""

    id = models.BigAutoField(primary_key=True)
    fraud_hold = models.ForeignKey(FraudHold, on_delete=models.PROTECT, related_name="answers")
    party = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="hold_answer_says_something")
        ]
