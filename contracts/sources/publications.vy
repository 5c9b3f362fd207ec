# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Publication of a period's root
@license Apache-2.0
@notice The publisher makes a root pending and pays in what the vault lacks of its total;
        until it is active the guardian can drop it.
"""

import head
import roles
import roots
import treasury

uses: roles
uses: roots
uses: treasury

MAX_DELAY: constant(uint256) = 30 * 86_400  # seconds

DELAY: immutable(uint256)  # seconds a root is pending


event Published:
    epoch: indexed(uint256)
    root: bytes32
    total: uint256
    data_hash: bytes32
    active_at: uint256


event Vetoed:
    epoch: indexed(uint256)


@deploy
def __init__(delay: uint256):
    assert delay <= MAX_DELAY, "Vault: delay too long"
    DELAY = delay


@external
@nonreentrant
def publish(root: bytes32, total: uint256, data_hash: bytes32) -> uint256:
    """
    @notice Publishes the period's root and pulls in what the vault lacks of its total.
    @param root Top hash of the Merkle-sum tree
    @param total Top sum: cumulative revenue of all tracks, micros
    @param data_hash keccak256 of the period's public bundle
    @return The epoch; a vetoed epoch's number is used again by its correction
    """
    roles._check_publisher()
    pushed: head.Head = roots._push(root, total, DELAY)
    treasury._cover(total)
    log Published(
        epoch=pushed.epoch, root=root, total=total, data_hash=data_hash, active_at=pushed.active_at
    )
    return pushed.epoch


@external
def veto():
    """
    @notice Drops the pending root. Its tokens stay and fund the correction.
    """
    roles._check_guardian()
    log Vetoed(epoch=roots._drop())


@external
@view
def delay() -> uint256:
    """
    @return Seconds a root is pending
    """
    return DELAY
