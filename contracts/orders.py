"""Typed data (EIP-712) that an account signs to have its claims paid elsewhere.

The message is what a wallet shows and signs with `eth_signTypedData_v4`; the vault rebuilds
its digest in contracts/sources/signatures.vy.
"""

from typing import Any

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_utils.crypto import keccak

from contracts.records import ClaimOrder, Signature

_TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "ClaimTo": [
        {"name": "account", "type": "address"},
        {"name": "receiver", "type": "address"},
        {"name": "tracks", "type": "bytes32[]"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ],
}


def claim_order_message(order: ClaimOrder, vault: str, chain_id: int) -> dict[str, Any]:
    """The order as JSON for a wallet."""
    return {
        "types": _TYPES,
        "primaryType": "ClaimTo",
        "domain": {
            "name": "Refrain Vault",
            "version": "1",
            "chainId": chain_id,
            "verifyingContract": vault,
        },
        "message": {
            "account": order.account,
            "receiver": order.receiver,
            "tracks": ["0x" + track.hex() for track in order.tracks],
            "nonce": order.nonce,
            "deadline": order.deadline,
        },
    }


def claim_order_digest(order: ClaimOrder, vault: str, chain_id: int) -> bytes:
    """The 32 bytes that are signed."""
    signable = _signable(order, vault, chain_id)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


def sign_claim_order(order: ClaimOrder, key: bytes, vault: str, chain_id: int) -> Signature:
    """The account's signature, deterministic and with a low s."""
    signed = Account.sign_message(_signable(order, vault, chain_id), key)
    return Signature(signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big"))


def _signable(order: ClaimOrder, vault: str, chain_id: int) -> SignableMessage:
    return encode_typed_data(full_message=claim_order_message(order, vault, chain_id))
