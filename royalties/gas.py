"""What each role's key holds on the chain: gas money, payment tokens, and how far they reach."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.client import Chain, ChainError, Token
from royalties import deployments, keys, signers
from royalties.errors import RoyaltiesError

GAS_OF_ONE = 3_500_000  # the largest there is: fifty first claims at once


class Unseen(RoyaltiesError):
    """The chain did not say what the keys hold."""


@dataclass(frozen=True)
class Standing:
    """One key; `transactions_left` at today's fees, None for a role that never signs."""

    role: str
    address: str
    gas_wei: int
    transactions_left: int | None
    token_micros: int


def standing(chain: Chain | None = None) -> list[Standing]:
    """Every role's key, as the chain knows it now.

    Raises:
        NotDeployed, KeysMissing: there is nothing to ask for
        Unseen: the chain does not answer
    """
    deployment = deployments.current()
    addresses = {role: signers.address(role) for role in keys.ROLES}
    chain = chain or deployments.connect()
    try:
        token = Token(chain, deployment.token)
        price_wei = chain.fees().max_fee_wei * GAS_OF_ONE
        return [_one(role, at, chain, token, price_wei) for role, at in addresses.items()]
    except ChainError as error:
        raise Unseen(str(error)) from error


def _one(role: str, address: str, chain: Chain, token: Token, price_wei: int) -> Standing:
    gas_wei = chain.balance(address)
    left = gas_wei // price_wei if role in deployments.SIGNING_ROLES else None
    return Standing(role, address, gas_wei, left, token.balance_of(address))
