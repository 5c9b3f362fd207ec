"""When a login last looked at its studio, so that a page can say what happened since."""

from django.db import models

from marketplace.users.models import User


class Visit(models.Model):
    """`since`: the end of the visit before this one, or when the login was made."""

    user = models.OneToOneField(
        User, primary_key=True, on_delete=models.CASCADE, related_name="studio_visit"
    )
    since = models.DateTimeField()
    last_at = models.DateTimeField()
