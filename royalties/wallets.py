"""Linking a wallet of one's own: a signed message proves it, and a changed one waits its notice.

An address belongs to one party at a time, a message links once, and a party has one wallet in use
at most: constraints hold all three. Signatures are recovered (EIP-191), so a wallet that is a
contract, which has no key, can't be linked.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from eth_utils.address import is_address, is_checksum_address, to_checksum_address

from contracts.client import signer_of
from royalties import links, siwe, unit_deposits
from royalties.errors import WalletRefused
from royalties.models import Deployment, LinkedWallet, Party, WalletChallenge

TIME_TO_SIGN = timedelta(minutes=10)
TAKEN = "This wallet is linked to another account. Unlink it there first, or use another one."


@dataclass(frozen=True)
class Site:
    """Where the message is asked for, and where it has to come back to."""

    domain: str  # with its port, if it has one
    uri: str


def challenge(party: Party, address: str, site: Site, at: datetime) -> WalletChallenge:
    """The message to sign; it takes the place of one asked for before.

    Raises:
        WalletRefused: there is no such address, or it can't be linked.
    """
    found = _address(address)
    _refuse_linked(party, found, at)
    expires_at = at + TIME_TO_SIGN
    message = siwe.Message(
        site.domain,
        found,
        site.uri,
        settings.CHAIN_ID,
        secrets.token_hex(16),
        at,
        expires_at,
        party.pk.hex,
    )
    fresh = {
        "nonce": message.nonce,
        "address": found,
        "domain": site.domain,
        "chain_id": message.chain_id,
        "message": message.text,
        "issued_at": at,
        "expires_at": expires_at,
    }
    return WalletChallenge.objects.update_or_create(party=party, defaults=fresh)[0]


def asked(party: Party, at: datetime) -> WalletChallenge | None:
    """The message that waits for its signature."""
    return WalletChallenge.objects.filter(party=party, expires_at__gt=at).first()


@transaction.atomic
def link(party: Party, nonce: str, signature: str, site: Site, at: datetime) -> LinkedWallet:
    """Link the address that signed the message; one that replaces another waits out the notice.

    Raises:
        WalletRefused: the signature, or the message it is of, is not the one asked for.
    """
    # The lock: of one message sent twice at once, one links and the other finds it gone.
    mine = WalletChallenge.objects.select_for_update().filter(party=party, nonce=nonce)
    signed = mine.first()
    if signed is None:
        raise WalletRefused("nonce", "This message was used or replaced; ask for a new one.")
    bytes_signed = _verify(signed, signature, site, at)
    _refuse_linked(party, signed.address, at)
    is_change = _last_address(party, at) not in {"", signed.address}
    usable_at = at + settings.WALLET_NOTICE if is_change else at
    keep(party, at)  # a change that waits is replaced by this one
    _of(party, at).update(ended_at=usable_at)
    mine.delete()
    try:
        made = LinkedWallet.objects.create(
            party=party,
            address=signed.address,
            nonce=signed.nonce,
            message=signed.message,
            signature="0x" + bytes_signed.hex(),
            linked_at=at,
            usable_at=usable_at,
        )
    except IntegrityError as error:  # somebody else linked it meanwhile
        raise WalletRefused("address", TAKEN) from error
    unit_deposits.linked(party, made.address)
    links.by_wallet(party, made.address, at)
    return made


def in_use(party: Party, at: datetime) -> LinkedWallet | None:
    """The wallet that may be sent to now."""
    return _of(party, at).filter(usable_at__lte=at).first()


def coming(party: Party, at: datetime) -> LinkedWallet | None:
    """The changed wallet that waits out its notice."""
    return _of(party, at).filter(usable_at__gt=at).first()


@transaction.atomic
def keep(party: Party, at: datetime) -> bool:
    """Take back a change within its notice: what was in use stays in use."""
    changed = coming(party, at)
    if changed is None:
        return False
    _of(party, at).filter(pk=changed.pk).update(ended_at=at)
    _of(party, at).filter(ended_at=changed.usable_at).update(ended_at=None)
    return True


def unlink(party: Party, at: datetime) -> bool:
    """Send nothing more to the wallet in use; another one after it counts as changed."""
    return bool(_of(party, at).filter(usable_at__lte=at).update(ended_at=at))


@transaction.atomic
def unlink_since(party: Party, since: datetime, at: datetime) -> None:
    """End what was linked from then on, by whoever had the account; a change that waits is taken
    back, and what was in use before it stays in use.
    """
    WalletChallenge.objects.filter(party=party).delete()
    changed = coming(party, at)
    if changed is not None and changed.linked_at >= since:
        keep(party, at)
    _of(party, at).filter(linked_at__gte=since).update(ended_at=at)


def leave(party: Party, at: datetime) -> None:
    """The party has nobody any more: nothing is sent to its wallets, and others may link them."""
    WalletChallenge.objects.filter(party=party).delete()
    _of(party, at).update(ended_at=at)


def _of(party: Party, at: datetime) -> QuerySet[LinkedWallet]:
    """The party's wallets that have not ended: one in use at most, and one that is coming."""
    return LinkedWallet.objects.filter(_open(at), party=party)


def _open(at: datetime) -> Q:
    return Q(ended_at=None) | Q(ended_at__gt=at)


def _last_address(party: Party, at: datetime) -> str:
    """Of the wallet that was in use last, or is; empty before the first."""
    used = Q(ended_at=None) | Q(ended_at__gt=F("usable_at"))
    rows = LinkedWallet.objects.filter(used, party=party, usable_at__lte=at)
    return rows.order_by("-usable_at").values_list("address", flat=True).first() or ""


def _address(written: str) -> str:
    """An address as people write it, with its checksum."""
    text = written.strip()
    if not is_address(text) or not text.startswith("0x"):
        raise WalletRefused("address", "Write your wallet’s address: 0x and 40 digits, 0 to f.")
    mixed = text[2:] not in {text[2:].lower(), text[2:].upper()}
    if mixed and not is_checksum_address(text):
        raise WalletRefused("address", "One of its digits is wrong: copy the address once more.")
    found = to_checksum_address(text)
    house = Deployment.objects.filter(Q(vault=found) | Q(token=found) | Q(custody=found))
    if house.exists() or Party.objects.filter(address=found).exists():
        raise WalletRefused("address", "This address is Refrain’s own; use one of yours.")
    return found


def _refuse_linked(party: Party, address: str, at: datetime) -> None:
    linked = LinkedWallet.objects.filter(_open(at), address=address).first()
    if linked is None:
        return
    if linked.party_id != party.pk:
        raise WalletRefused("address", TAKEN)
    raise WalletRefused("address", "This wallet is linked to your account already.")


def _verify(asked_for: WalletChallenge, written: str, site: Site, at: datetime) -> bytes:
    """The signature, if it is of this message by the wallet it names, in time and for here."""
    if at >= asked_for.expires_at:
        raise WalletRefused("nonce", "This message is too old to be signed; ask for a new one.")
    if (asked_for.domain, asked_for.chain_id) != (site.domain, settings.CHAIN_ID):
        raise WalletRefused("nonce", "This message was asked for elsewhere; ask for a new one.")
    try:
        signature = bytes.fromhex(written.strip().removeprefix("0x"))
        signed_by = signer_of(asked_for.message, signature)
    except ValueError:
        raise WalletRefused(
            "signature", "This is no signature: copy all of it, 0x and 130 digits."
        ) from None
    if signed_by != asked_for.address:
        raise WalletRefused(
            "signature",
            "This signature is by another wallet, or of another text: sign the message as it "
            "stands here, with the wallet it names.",
        )
    return signature
