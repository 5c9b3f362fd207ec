# pragma version 0.4.3
"""
@title Terms of a track
@license Apache-2.0
@notice Who receives what part of a track's revenue. The track's id is the hash of its
        terms, so terms can't change: other terms are another track.
"""

BPS: constant(uint256) = 10_000  # the whole, in basis points
MIN_PLATFORM_BPS: constant(uint256) = 500
MAX_POOL_BPS: constant(uint256) = 4_500
UNITS: constant(uint256) = 1_000_000  # of each track, standing for the whole fan pool
MAX_PAYEES: constant(uint256) = 16


struct Terms:
    payees: DynArray[address, MAX_PAYEES]
    bps: DynArray[uint256, MAX_PAYEES]  # of each payee, in the same order
    platform: address
    platform_bps: uint256
    pool_bps: uint256  # for the holders of the units
    issuer: address
    reserved: uint256  # units kept for listening
    micros_per_unit: uint256  # emission parameter, used off chain
    listener_cap: uint256  # units one listener can earn, used off chain
    salt: bytes32


@internal
@pure
def _track(terms: Terms) -> bytes32:
    return keccak256(abi_encode(terms))


@internal
@pure
def _check(terms: Terms):
    """
    @notice Reverts with the reason unless the parts add up and stay within their bounds.
    @dev That no payee appears twice is checked where the positions are written.
    """
    assert len(terms.payees) > 0, "Vault: no payee"
    assert len(terms.payees) == len(terms.bps), "Vault: payees and bps differ in length"
    assert terms.platform != empty(address), "Vault: no platform"
    assert terms.issuer != empty(address), "Vault: no issuer"
    assert terms.platform_bps >= MIN_PLATFORM_BPS, "Vault: platform bps under the floor"
    assert terms.platform_bps <= BPS, "Vault: bps over 10000"
    assert terms.pool_bps <= MAX_POOL_BPS, "Vault: pool bps over the limit"
    assert terms.reserved <= UNITS, "Vault: reserved over all units"
    whole: uint256 = terms.platform_bps + terms.pool_bps
    for bps: uint256 in terms.bps:
        assert bps > 0, "Vault: payee without bps"
        assert bps <= BPS, "Vault: bps over 10000"
        whole += bps
    for payee: address in terms.payees:
        assert payee != empty(address), "Vault: payee is zero"
    assert whole == BPS, "Vault: bps do not add to 10000"
