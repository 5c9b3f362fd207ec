"""Another name for a login, on its own pages and wherever its party is named."""

from django.db import transaction

from marketplace.users.models import User
from royalties import parties


@transaction.atomic
def rename(user: User, name: str) -> None:
    """Nothing that is counted, published or on the chain holds a name."""
    User.objects.filter(pk=user.pk).update(name=name)
    parties.rename(user.party, name)
