"""A wallet of somebody's own: a key, its address, and the link to a party."""

from datetime import datetime

from eth_account import Account
from eth_account.messages import encode_defunct

from royalties import wallets
from royalties.models import LinkedWallet, Party
from royalties.wallets import Site

HERE = Site("refrain.example", "https://refrain.example/wallet/own")
KEYS = [bytes([n]) * 32 for n in range(1, 6)]


def address_of(key: bytes) -> str:
    return str(Account.from_key(key).address)


def signed(text: str, key: bytes) -> str:
    return "0x" + bytes(Account.sign_message(encode_defunct(text=text), key).signature).hex()


def linked(party: Party, at: datetime, key: bytes = KEYS[0]) -> LinkedWallet:
    """Asked for, signed and linked in one moment."""
    asked = wallets.challenge(party, address_of(key), HERE, at)
    return wallets.link(party, asked.nonce, signed(asked.message, key), HERE, at)
