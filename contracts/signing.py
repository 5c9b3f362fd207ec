"""Keys and signatures. A key is 32 bytes and never leaves the process that signs with it."""

from eth_account import Account
from eth_account.hdaccount import seed_from_mnemonic
from eth_account.hdaccount.deterministic import HDPath
from eth_account.messages import encode_defunct
from eth_keys.exceptions import BadSignature
from eth_utils.address import to_checksum_address

from contracts.records import Call, Fees, Signed

_PATH = "m/44'/60'/0'/0/{index}"  # BIP-44, Ethereum
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0  # of secp256k1


def derive_key(seed: bytes | str, index: int) -> tuple[bytes, str]:
    """Key and address number `index` under a seed (64 bytes, or its mnemonic), BIP-32/44."""
    if isinstance(seed, str):
        seed = seed_from_mnemonic(seed, passphrase="")
    key = bytes(HDPath(_PATH.format(index=index)).derive(seed))
    return key, address_of(key)


def address_of(key: bytes) -> str:
    """The address that a key signs for."""
    return to_checksum_address(Account.from_key(key).address)


def sign(call: Call, key: bytes, nonce: int, chain_id: int, fees: Fees, gas: int) -> Signed:
    """The transaction for `call`, EIP-1559, complete and ready to be sent any number of times.

    Signatures are deterministic (RFC 6979): the same arguments give the same bytes.
    """
    signed = Account.from_key(key).sign_transaction(
        {
            "type": 2,
            "chainId": chain_id,
            "nonce": nonce,
            "to": call.to,
            "data": call.data,
            "value": 0,
            "gas": gas,
            "maxFeePerGas": fees.max_fee_wei,
            "maxPriorityFeePerGas": fees.priority_fee_wei,
        }
    )
    return Signed(
        raw=bytes(signed.raw_transaction), hash="0x" + bytes(signed.hash).hex(), nonce=nonce
    )


def signer_of(text: str, signature: bytes) -> str:
    """The address whose key signed this text, as wallets sign messages (EIP-191, personal_sign).

    Raises:
        ValueError: these are not the 65 bytes of r, a low s, and v (0, 1, 27 or 28)
    """
    if len(signature) != 65 or signature[64] not in {0, 1, 27, 28}:
        raise ValueError("a signature is 65 bytes: r, s and v")
    if int.from_bytes(signature[32:64]) > _HALF_ORDER:
        raise ValueError("s of a signature is in the lower half of the curve's order")
    usual = signature[:64] + bytes([27 + signature[64] % 27])  # hardware wallets write v as 0 or 1
    try:
        return to_checksum_address(Account.recover_message(encode_defunct(text=text), None, usual))
    except BadSignature as error:
        raise ValueError("no key can have signed this") from error


def sender_of(raw: bytes) -> str:
    """The address whose key signed these bytes."""
    return to_checksum_address(Account.recover_transaction(raw))
