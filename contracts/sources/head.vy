# pragma version 0.4.3
"""
@title The head
@license Apache-2.0
@notice Everything that whatever moves money or units must know first: which epoch is
        pending, which is active, whether the vault is paused, whether holders may trade.
@dev word, from the lowest bit: total, micros (64), total of the epoch before (64),
     epoch (32), active_at (40), paused_until (40), transfers enabled (1). One word, because
     each further one would cost every sync and every transfer 2,100 gas.
"""

MAX_TOTAL: constant(uint256) = 2**64 - 1  # micros; room for 18 trillion USD


struct Head:
    total: uint256  # micros
    before: uint256  # total of the epoch before, micros
    epoch: uint256  # the latest, pending or active; 0 where there is none
    active_at: uint256  # of the latest, unix seconds
    paused_until: uint256  # unix seconds, also when long past
    transfers_enabled: bool


word: uint256


@external
@view
def paused_until() -> uint256:
    """
    @return End of the last pause, unix seconds; 0 if there was none
    """
    return self._head().paused_until


@external
@view
def transfers_enabled() -> bool:
    """
    @return Whether units move between holders, and not only from and to custody
    """
    return self._head().transfers_enabled


@internal
@view
def _head() -> Head:
    word: uint256 = self.word
    return Head(
        total=word & MAX_TOTAL,
        before=(word >> 64) & MAX_TOTAL,
        epoch=(word >> 128) & (2**32 - 1),
        active_at=(word >> 160) & (2**40 - 1),
        paused_until=(word >> 200) & (2**40 - 1),
        transfers_enabled=self._transfers_enabled(word),
    )


@internal
def _set(head: Head):
    self.word = (
        head.total
        | head.before << 64
        | head.epoch << 128
        | head.active_at << 160
        | head.paused_until << 200
        | convert(head.transfers_enabled, uint256) << 240
    )


@internal
@view
def _running() -> uint256:
    """
    @notice The word, still packed: who needs two of its parts does not pay for all, which
            saves 300 gas. Reverts while the vault is paused.
    """
    word: uint256 = self.word
    assert block.timestamp >= (word >> 200) & (2**40 - 1), "Vault: paused"
    return word


@internal
@pure
def _transfers_enabled(word: uint256) -> bool:
    return word >> 240 != 0


@internal
@view
def _pending(word: uint256) -> bool:
    return block.timestamp < (word >> 160) & (2**40 - 1)


@internal
@view
def _active(word: uint256) -> uint256:
    """
    @return The active epoch; 0 where there is none
    """
    epoch: uint256 = (word >> 128) & (2**32 - 1)
    return epoch - 1 if self._pending(word) else epoch


@internal
@view
def _active_total(word: uint256) -> uint256:
    """
    @return Micros
    """
    return (word >> 64) & MAX_TOTAL if self._pending(word) else word & MAX_TOTAL
