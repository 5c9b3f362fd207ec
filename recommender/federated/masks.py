"""Numbers that hide a node's sum until all sums are added: whole numbers modulo 2^64.

Of each pair of nodes both derive the same mask from a key agreed by X25519 for this attempt alone,
one adds it and the other takes it off, so that all of them cancel exactly. On top each node adds a
mask of its own and tells its seed only when it knows that every sum has arrived (Bonawitz et al.
2017, "Practical secure aggregation"): what was sent in an attempt that failed stays hidden for
good. The keys of an attempt are signed with a key that the other nodes know beforehand, so that
nobody on the way can put its own in their place.
"""

import os
from collections.abc import Iterable, Mapping

import numpy as np
from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.DH import import_x25519_public_key, key_agreement
from Crypto.Protocol.KDF import HKDF
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from numpy.typing import NDArray
from scipy.special import ndtri

from recommender.errors import DataError

Words = NDArray[np.uint64]
SEED_BYTES = 32


class AttemptKey:
    """A node's X25519 key for one attempt at one round."""

    def __init__(self) -> None:
        self._key = ECC.generate(curve="Curve25519")

    @property
    def public(self) -> bytes:
        return _raw(self._key)

    def seed_with(self, other: bytes, context: bytes) -> bytes:
        """What only this node and the one whose public key is `other` can derive for `context`."""

        def derive(shared: bytes | bytearray | memoryview) -> bytes:
            seed = HKDF(bytes(shared), SEED_BYTES, b"", SHA256, context=context)
            assert isinstance(seed, bytes)  # a tuple only where several are asked for
            return seed

        public = import_x25519_public_key(other)
        return bytes(key_agreement(eph_priv=self._key, eph_pub=public, kdf=derive))


def _raw(key: ECC.EccKey) -> bytes:
    """The public key as 32 bytes."""
    return bytes(key.public_key().export_key(format="raw"))


class Identity:
    """A node's Ed25519 key, which the other nodes know it by."""

    def __init__(self, seed: bytes) -> None:
        self._key = eddsa.import_private_key(seed)

    @classmethod
    def new_seed(cls) -> bytes:
        return os.urandom(SEED_BYTES)

    @property
    def public(self) -> bytes:
        return _raw(self._key)

    def sign(self, message: bytes) -> bytes:
        return bytes(eddsa.new(self._key, "rfc8032").sign(message))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        key = eddsa.import_public_key(public)
        eddsa.new(key, "rfc8032").verify(message, signature)
    except ValueError:
        return False
    return True


def expand(seed: bytes, count: int) -> Words:
    """`count` words drawn from the seed by AES-256 in counter mode."""
    cipher = AES.new(seed, AES.MODE_CTR, nonce=b"\0" * 8)
    return np.frombuffer(cipher.encrypt(bytes(8 * count)), dtype="<u8")


def mask(words: Words, name: str, seeds: Mapping[str, bytes], own_seed: bytes) -> Words:
    """`words` behind the pair masks of `name` with each other node and its own mask."""
    masked = words + expand(own_seed, words.size)
    for other, seed in seeds.items():
        if other == name:
            raise DataError(f"The node {name} can't share a mask with itself.")
        pair = expand(seed, words.size)
        masked = masked + pair if name < other else masked - pair
    return masked


def unmasked_sum(masked: Iterable[Words], own_seeds: Iterable[bytes]) -> Words:
    """The sum of all nodes' words: pair masks cancel, own ones are taken off by their seeds."""
    total = np.sum(list(masked), axis=0, dtype=np.uint64)
    for seed in own_seeds:
        total = total - expand(seed, total.size)
    return np.asarray(total, dtype=np.uint64)


def to_words(values: NDArray[np.int64]) -> Words:
    return values.astype(np.int64).view(np.uint64)


def from_words(words: Words) -> NDArray[np.int64]:
    """Signed again: what is above 2^63 was negative."""
    return np.ascontiguousarray(words).view(np.int64)


def gaussian(count: int, deviation: float, seed: bytes | None = None) -> NDArray[np.int64]:
    """Noise (count,) of a normal distribution, rounded to whole numbers, from the operating
    system's randomness unless a `seed` is given.
    """
    words = expand(os.urandom(SEED_BYTES) if seed is None else seed, count)
    uniform = ((words >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return np.asarray(np.rint(ndtri(uniform) * deviation), dtype=np.int64)
