"""When a login last looked at its studio; and deals that wait for an e-mail."""

from django.db import models
from django.db.models.functions import Lower

from marketplace.users.models import User


class Visit(models.Model):
    """`since`: the end of the visit before this one, or when the login was made."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="studio_visit"
    )
    since = models.DateTimeField()
    last_at = models.DateTimeField()


class Invitation(models.Model):
    """A deal as offered to an e-mail that no artist has signed up with and confirmed yet."""

    label = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(db_index=True)
    label_bps = models.PositiveIntegerField()
    advance_micros = models.PositiveBigIntegerField(default=0)
    starts_on = models.DateField()
    invited_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["label", "email"], name="one_invitation_an_email"),
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="invited_email_lower"
            ),
        ]
