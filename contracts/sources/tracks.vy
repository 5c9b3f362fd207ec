# pragma version 0.4.3
"""
@title Tracks and their revenue
@license Apache-2.0
@notice What the vault knows of each track: its place in the tree, its cumulative revenue
        as of its last sync, and the part of it that is the fan pool.
@dev word, from the lowest bit: revenue, micros (80), slot (40), epoch of the last
     sync (40), pool bps (16), known (1).
"""

import proof

KNOWN: constant(uint256) = 1 << 176


struct Track:
    revenue: uint256  # cumulative, micros, as of `epoch`
    slot: uint256
    epoch: uint256  # of the last sync, 0 before the first
    pool_bps: uint256


credited: public(uint256)  # micros of revenue synced, over all tracks
tracks: HashMap[bytes32, uint256]


event Synced:
    track: indexed(bytes32)
    slot: uint256
    revenue: uint256
    epoch: uint256


@external
@view
def track(id: bytes32) -> (bool, uint256, uint256, uint256, uint256):
    """
    @return registered, slot, cumulative revenue in micros, epoch of the last sync
            (0: never, and then the slot means nothing), fan pool in bps
    """
    found: Track = self._find(id)
    return self.tracks[id] != 0, found.slot, found.revenue, found.epoch, found.pool_bps


@external
@view
def revenue(track: bytes32) -> uint256:
    """
    @return Cumulative revenue as of the track's last sync, micros
    """
    return self._find(track).revenue


@internal
def _open(track: bytes32, pool_bps: uint256):
    assert self.tracks[track] == 0, "Vault: already registered"
    self.tracks[track] = KNOWN | pool_bps << 160


@internal
@view
def _known(track: bytes32) -> Track:
    word: uint256 = self.tracks[track]
    assert word != 0, "Vault: unknown track"
    return self._unpacked(word)


@internal
@view
def _word(track: bytes32) -> uint256:
    """
    @notice As `_known`, but packed: to read only what is needed of it saves 150 gas.
    """
    word: uint256 = self.tracks[track]
    assert word != 0, "Vault: unknown track"
    return word


@internal
def _record(leaf: proof.Leaf, epoch: uint256) -> uint256:
    """
    @notice Takes over a leaf that must be proved in the same transaction.
    @return What it adds to the revenue synced before, micros
    """
    found: Track = self._known(leaf.track)
    assert found.epoch == 0 or found.slot == leaf.slot, "Vault: another slot"
    assert leaf.revenue >= found.revenue, "Vault: revenue fell"
    self.tracks[leaf.track] = (
        leaf.revenue | leaf.slot << 80 | epoch << 120 | found.pool_bps << 160 | KNOWN
    )
    log Synced(track=leaf.track, slot=leaf.slot, revenue=leaf.revenue, epoch=epoch)
    return leaf.revenue - found.revenue


@internal
def _credit(gained: uint256, total: uint256):
    """
    @dev The last line of defence should two roots contradict each other: what all tracks
         were credited never exceeds what was paid in, so every claim is covered.
    """
    if gained == 0:
        return
    credited: uint256 = self.credited + gained
    assert credited <= total, "Vault: credited over total"
    self.credited = credited


@internal
@view
def _find(track: bytes32) -> Track:
    """
    @notice The track, all zero where it is not registered.
    """
    return self._unpacked(self.tracks[track])


@internal
@pure
def _unpacked(word: uint256) -> Track:
    return Track(
        revenue=word & (2**80 - 1),
        slot=(word >> 80) & (2**40 - 1),
        epoch=(word >> 120) & (2**40 - 1),
        pool_bps=(word >> 160) & (2**16 - 1),
    )
