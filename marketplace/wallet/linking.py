"""Linking a wallet, and saying so by mail: the notice is worth nothing to who does not look."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.mail import writing
from marketplace.mail.models import Mail
from marketplace.users.models import User
from royalties import wallets
from royalties.models import LinkedWallet


@transaction.atomic
def link(user: User, nonce: str, signature: str, site: wallets.Site, at: datetime) -> LinkedWallet:
    """`wallets.link`, with a mail to whose account it is.

    Raises:
        WalletRefused: see there
    """
    linked = wallets.link(user.party, nonce, signature, site, at)
    waits = linked.usable_at > at
    usable = f"{linked.usable_at:%-d %B %Y, %H:%M} UTC" if waits else ""
    writing.write(user, Mail.Kind.WALLET, at, address=linked.address, usable=usable)
    return linked
