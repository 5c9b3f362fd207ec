# pragma version 0.4.3
"""
@title The pending and the active root
@license Apache-2.0
@notice A published root waits out its delay as pending and is active from `active_at` on,
        without a transaction.
@dev Epochs count 1, 2, 3... A vetoed root's number is used again by its correction, so
     the active root of epoch n always follows that of epoch n - 1. Root n lies in
     tops[n % 2]: the one before it stays where it is, for as long as n is pending and for
     a veto, which saves 15,800 gas a publication against moving it.
"""

import head

uses: head

tops: bytes32[2]


@external
@view
def active() -> (uint256, bytes32, uint256):
    """
    @return epoch (0: none yet), root, total in micros
    """
    word: uint256 = head.word
    epoch: uint256 = head._active(word)
    return epoch, self._top(epoch), head._active_total(word)


@external
@view
def pending() -> (uint256, bytes32, uint256, uint256):
    """
    @return epoch (0: nothing pending), root, total in micros, active from (unix seconds)
    """
    latest: head.Head = head._head()
    if block.timestamp >= latest.active_at:
        return 0, empty(bytes32), 0, 0
    return latest.epoch, self._top(latest.epoch), latest.total, latest.active_at


@internal
def _push(root: bytes32, total: uint256, delay: uint256) -> head.Head:
    """
    @notice Makes (root, total) pending for `delay` seconds.
    """
    head._running()
    latest: head.Head = head._head()
    assert root != empty(bytes32), "Vault: no root"
    assert total <= head.MAX_TOTAL, "Vault: total too large"
    assert block.timestamp >= latest.active_at, "Vault: a root is pending"
    assert total >= latest.total, "Vault: total under the active one"
    latest.before = latest.total
    latest.total = total
    latest.epoch += 1
    latest.active_at = block.timestamp + delay
    head._set(latest)
    self.tops[latest.epoch & 1] = root
    return latest


@internal
def _drop() -> uint256:
    """
    @notice Forgets the pending root and returns its epoch.
    """
    latest: head.Head = head._head()
    assert block.timestamp < latest.active_at, "Vault: nothing is pending"
    dropped: uint256 = latest.epoch
    latest.total = latest.before
    latest.epoch -= 1
    latest.active_at = block.timestamp
    head._set(latest)
    return dropped


@internal
@view
def _top(epoch: uint256) -> bytes32:
    """
    @notice The root of the active epoch, or of the pending one.
    """
    return self.tops[epoch & 1]
