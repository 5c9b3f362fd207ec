"""Keys and signatures. A key is 32 bytes and never leaves the process that signs with it."""

from eth_account import Account
from eth_account.hdaccount import seed_from_mnemonic
from eth_account.hdaccount.deterministic import HDPath
from eth_utils.address import to_checksum_address

from contracts.records import Call, Fees, Signed

_PATH = "m/44'/60'/0'/0/{index}"  # BIP-44, Ethereum


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
