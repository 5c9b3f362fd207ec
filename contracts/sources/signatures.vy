# pragma version 0.4.3
"""
@title Signed orders to pay elsewhere
@license Apache-2.0
@notice EIP-712: an account signs once where its claims shall be paid, anyone brings the
        signature. Each is good for one use (nonce), on this chain and vault (domain), until
        its deadline, in one form only (low s, EIP-2).
"""

NAME: constant(String[13]) = "Refrain Vault"
VERSION: constant(String[1]) = "1"
DOMAIN_TYPE: constant(bytes32) = keccak256(
    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
)
CLAIM_TO_TYPE: constant(bytes32) = keccak256(
    "ClaimTo(address account,address receiver,bytes32[] tracks,uint256 nonce,uint256 deadline)"
)
# Half the order of the curve secp256k1.
HALF_ORDER: constant(uint256) = (
    57896044618658097711785492504343953926418782139537452191302581570759080747168
)
MAX_TRACKS: constant(uint256) = 100

nonces: public(HashMap[address, uint256])


struct Signature:
    v: uint256
    r: bytes32
    s: bytes32


@external
@view
def DOMAIN_SEPARATOR() -> bytes32:
    return self._domain()


@external
@view
def eip712Domain() -> (bytes1, String[13], String[1], uint256, address, bytes32, DynArray[uint256, 1]):
    """
    @return fields (name, version, chain, contract), those four, no salt, no extensions (ERC-5267)
    """
    return 0x0f, NAME, VERSION, chain.id, self, empty(bytes32), []


@internal
def _use(
    account: address,
    receiver: address,
    tracks: DynArray[bytes32, MAX_TRACKS],
    deadline: uint256,
    signature: Signature,
) -> uint256:
    """
    @notice Spends the account's next nonce and returns it; reverts unless the account
            signed exactly this with it.
    """
    assert block.timestamp <= deadline, "Vault: signature expired"
    assert convert(signature.s, uint256) <= HALF_ORDER, "Vault: signature not canonical"
    nonce: uint256 = self.nonces[account]
    self.nonces[account] = nonce + 1
    # EIP-712 hashes an array as its elements without their number and offset.
    elements: Bytes[32 * MAX_TRACKS + 64] = slice(abi_encode(tracks), 64, 32 * len(tracks))
    order: bytes32 = keccak256(
        abi_encode(CLAIM_TO_TYPE, account, receiver, keccak256(elements), nonce, deadline)
    )
    digest: bytes32 = keccak256(concat(0x1901, self._domain(), order))
    signer: address = ecrecover(digest, signature.v, signature.r, signature.s)
    assert signer != empty(address), "Vault: no signature"
    assert signer == account, "Vault: not signed by the account"
    return nonce


@internal
@view
def _domain() -> bytes32:
    return keccak256(
        abi_encode(DOMAIN_TYPE, keccak256(NAME), keccak256(VERSION), chain.id, self)
    )
