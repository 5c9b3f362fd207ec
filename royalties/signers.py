"""Who signs: the one seam behind which a key may lie in a file, a KMS or an HSM.

`CHAIN_SIGNER` names the class. Invariant: what it hands back is sent only if it is signed by the
role's own address.
"""

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from contracts import client
from contracts.client import Call, Fees, Signed
from royalties import keys
from royalties.errors import RoyaltiesError


class SigningFailed(RoyaltiesError):
    """The signer refuses, does not answer, or signed for another address."""


@dataclass(frozen=True)
class Unsigned:
    """All of a transaction but its signature."""

    call: Call
    nonce: int
    chain_id: int
    fees: Fees
    gas: int


class Signer(Protocol):
    """Signs for the roles; may keep their keys anywhere."""

    def address(self, role: str) -> str:
        """What the role's key signs for."""

    def sign(self, role: str, transaction: Unsigned) -> Signed:
        """The signed bytes, EIP-1559.

        Raises:
            SigningFailed: not now; it is asked again
        """


class FileSigner:
    """Signs with the keys of `CHAIN_KEYS_FILE`."""

    def address(self, role: str) -> str:
        return keys.role(role).address

    def sign(self, role: str, transaction: Unsigned) -> Signed:
        return client.sign(
            transaction.call,
            keys.role(role).private,
            transaction.nonce,
            transaction.chain_id,
            transaction.fees,
            transaction.gas,
        )


def address(role: str) -> str:
    """The address that the role's signatures come from."""
    return _signer(settings.CHAIN_SIGNER).address(role)


def sign(role: str, transaction: Unsigned) -> Signed:
    """Signed by the role.

    Raises:
        SigningFailed: it is not, or by somebody else
    """
    signed = _signer(settings.CHAIN_SIGNER).sign(role, transaction)
    found, expected = client.sender_of(signed.raw), address(role)
    if found != expected:
        raise SigningFailed(f"the signer signed as {found}, not as the {role} {expected}")
    return signed


@cache
def _signer(name: str) -> Signer:
    signer: Signer = import_string(name)()
    return signer
