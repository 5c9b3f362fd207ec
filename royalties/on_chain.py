"""Terms as the contract hashes them, read from the rows of many at once or from one's fields."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from contracts import client
from royalties.models import Payee, Terms


@dataclass(frozen=True)
class OnChain:
    """Terms as the contract hashes them, with the slot and the id they have there."""

    slot: int
    track: bytes  # 32 bytes
    terms: client.Terms


def on_chain(wanted: QuerySet[Terms]) -> Iterator[OnChain]:
    """These terms, with payees in their order; one query, of rows and not objects."""
    payees = Payee.objects.filter(terms=OuterRef("pk")).order_by("position")
    rows = wanted.values_list(
        "slot",
        "chain_id",
        ArraySubquery(payees.values("address")),
        ArraySubquery(payees.values("bps")),
        "platform__address",
        "platform_bps",
        "pool_bps",
        "issuer__address",
        "reserved_units",
        "micros_per_unit",
        "listener_cap_units",
        "salt",
    )
    for slot, chain_id, *told, salt in rows:
        addresses, bps, platform, platform_bps, pool_bps, issuer, reserved, price, cap = told
        hashed = client.Terms(
            payees=tuple(addresses),
            bps=tuple(bps),
            platform=platform,
            platform_bps=platform_bps,
            pool_bps=pool_bps,
            issuer=issuer,
            reserved=reserved,
            micros_per_unit=price,
            listener_cap=cap,
            salt=bytes_of(salt),
        )
        yield OnChain(slot, bytes_of(chain_id), hashed)


def bytes_of(text: str) -> bytes:
    """The 32 bytes of an id on the chain or a salt, as rows have it: hexadecimal, with 0x."""
    return bytes.fromhex(text.removeprefix("0x"))


def as_on_chain(terms: Terms, payees: Sequence[Payee]) -> client.Terms:
    """The terms as the contract hashes them; payees in their order."""
    return client.Terms(
        payees=tuple(payee.address for payee in payees),
        bps=tuple(payee.bps for payee in payees),
        platform=terms.platform.address,
        platform_bps=terms.platform_bps,
        pool_bps=terms.pool_bps,
        issuer=terms.issuer.address,
        reserved=terms.reserved_units,
        micros_per_unit=terms.micros_per_unit,
        listener_cap=terms.listener_cap_units,
        salt=bytes_of(terms.salt),
    )
