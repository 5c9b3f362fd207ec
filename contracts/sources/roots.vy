# pragma version 0.4.3
"""
@title The pending and the active root
@license Apache-2.0
@notice A published root waits out its delay as pending and is active from `active_at` on,
        without a transaction: `latest` counts as active once its time has come, and
        moves to `previous` when the next root is published.
@dev Epochs count 1, 2, 3... A vetoed root's number is used again by its correction, so
     the active root of epoch n always follows that of epoch n - 1.
     meta, one word: total (bits 0..79), active_at (80..143), epoch (144..183).
"""

MAX_TOTAL: constant(uint256) = 2**80 - 1  # micros; room for 1.2e18 USD


struct Epoch:
    epoch: uint256  # 0 where there is none
    root: bytes32
    total: uint256  # micros
    active_at: uint256  # unix seconds


struct Stored:
    root: bytes32
    meta: uint256


latest: Stored
previous: Stored


@internal
def _push(root: bytes32, total: uint256, delay: uint256) -> Epoch:
    """
    @notice Makes (root, total) pending for `delay` seconds.
    """
    assert root != empty(bytes32), "Vault: no root"
    assert total <= MAX_TOTAL, "Vault: total too large"
    assert self._pending().epoch == 0, "Vault: a root is pending"
    active: Epoch = self._active()
    assert total >= active.total, "Vault: total under the active one"
    if active.epoch != 0:
        self.previous = self.latest
    pushed: Epoch = Epoch(
        epoch=active.epoch + 1, root=root, total=total, active_at=block.timestamp + delay
    )
    self.latest = Stored(
        root=root, meta=total | pushed.active_at << 80 | pushed.epoch << 144
    )
    return pushed


@internal
def _drop() -> uint256:
    """
    @notice Forgets the pending root and returns its epoch.
    """
    epoch: uint256 = self._pending().epoch
    assert epoch != 0, "Vault: nothing is pending"
    self.latest = self.previous
    return epoch


@internal
@view
def _pending() -> Epoch:
    latest: Epoch = self._read(self.latest)
    if block.timestamp < latest.active_at:
        return latest
    return empty(Epoch)


@internal
@view
def _active() -> Epoch:
    latest: Epoch = self._read(self.latest)
    if block.timestamp < latest.active_at:
        return self._read(self.previous)
    return latest


@internal
@pure
def _read(stored: Stored) -> Epoch:
    return Epoch(
        epoch=stored.meta >> 144,
        root=stored.root,
        total=stored.meta & MAX_TOTAL,
        active_at=(stored.meta >> 80) & (2**64 - 1),
    )
