# pragma version 0.4.3
"""
@title Positions of accounts in tracks
@license Apache-2.0
@notice What an account is due of a track: its own bps, and of the fan pool the part that
        its units are of all units. Every amount is the floor of one running numerator
        over 10**10 (10,000 bps x 1,000,000 units); the remainder stays with the account
        and counts the next time, so nothing is ever lost to rounding.
@dev position, one word for each (track, account), from the lowest bit:
     bps (16), units (32), seen: revenue settled up to, micros (80),
     remainder: numerator below 10**10 (40), owed: settled and not yet paid, micros (80).
"""

WHOLE: constant(uint256) = 10**10
POOL_UNITS: constant(uint256) = 1_000_000


struct Position:
    bps: uint256
    units: uint256
    seen: uint256
    remainder: uint256
    owed: uint256


positions: HashMap[bytes32, HashMap[address, uint256]]


@external
@view
def bps_of(track: bytes32, account: address) -> uint256:
    """
    @return The account's own part as payee or platform, without the fan pool
    """
    return self._position(track, account).bps


@internal
@view
def _position(track: bytes32, account: address) -> Position:
    word: uint256 = self.positions[track][account]
    return Position(
        bps=word & (2**16 - 1),
        units=(word >> 16) & (2**32 - 1),
        seen=(word >> 48) & (2**80 - 1),
        remainder=(word >> 128) & (2**40 - 1),
        owed=word >> 168,
    )


@internal
def _store(track: bytes32, account: address, position: Position):
    self.positions[track][account] = (
        position.bps
        | position.units << 16
        | position.seen << 48
        | position.remainder << 128
        | position.owed << 168
    )


@internal
@view
def _settled(track: bytes32, account: address, revenue: uint256, pool_bps: uint256) -> Position:
    """
    @notice The position with everything up to `revenue` (cumulative, micros) owed to it.
    @dev Calling this before bps or units change keeps each change exact.
    """
    position: Position = self._position(track, account)
    part: uint256 = position.bps * POOL_UNITS + pool_bps * position.units
    numerator: uint256 = (revenue - position.seen) * part + position.remainder
    position.owed += numerator // WHOLE
    position.remainder = numerator % WHOLE
    position.seen = revenue
    return position


@internal
def _take(track: bytes32, account: address, found: uint256) -> uint256:
    """
    @notice Settles up to the track's revenue and takes out all that is owed.
    @dev As `_settled` and `_store`, but on the words themselves: without copies of structs and
         checks of what can't overflow (a numerator is below 2**80 * 2**48 + 2**40) a claim
         costs 750 gas less.
    @param found The track's word, as `tracks` packs it
    @return Micros to be paid; 0, and nothing changed, where nothing is owed
    """
    word: uint256 = self.positions[track][account]
    revenue: uint256 = found & (2**80 - 1)
    part: uint256 = unsafe_add(
        unsafe_mul(word & (2**16 - 1), POOL_UNITS),
        unsafe_mul((word >> 16) & (2**32 - 1), (found >> 160) & (2**16 - 1)),
    )
    gained: uint256 = revenue - ((word >> 48) & (2**80 - 1))
    numerator: uint256 = unsafe_add(unsafe_mul(gained, part), (word >> 128) & (2**40 - 1))
    owed: uint256 = unsafe_add(word >> 168, numerator // WHOLE)
    if owed != 0:
        self.positions[track][account] = (
            word & (2**48 - 1) | revenue << 48 | (numerator % WHOLE) << 128
        )
    return owed


@internal
def _move(
    track: bytes32,
    sender: address,
    receiver: address,
    bps: uint256,
    units: uint256,
    revenue: uint256,
    pool_bps: uint256,
):
    """
    @notice Settles both accounts up to `revenue`, then moves bps and units between them.
    """
    giver: Position = self._settled(track, sender, revenue, pool_bps)
    assert giver.bps >= bps, "Vault: over the own part"
    assert giver.units >= units, "Vault: over the balance"
    giver.bps = unsafe_sub(giver.bps, bps)
    giver.units = unsafe_sub(giver.units, units)
    self._store(track, sender, giver)
    # Read only now: who moves something to itself keeps what it had.
    taker: Position = self._settled(track, receiver, revenue, pool_bps)
    taker.bps += bps
    taker.units += units
    self._store(track, receiver, taker)


@internal
def _name(track: bytes32, account: address, bps: uint256):
    """
    @notice Gives `account` its bps at registration, once.
    """
    assert self.positions[track][account] & (2**16 - 1) == 0, "Vault: payee twice"
    self.positions[track][account] |= bps


@internal
def _mint(track: bytes32, account: address):
    """
    @notice All units of a track to one account, at registration.
    """
    self.positions[track][account] |= POOL_UNITS << 16
