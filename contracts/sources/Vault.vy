# pragma version 0.4.3
# pragma nonreentrancy off
"""
@title Vault
@license Apache-2.0
@notice Holds what listeners paid and splits it by each track's terms. One root a period
        carries the cumulative revenue of every track; a proof against the active root
        brings a track's revenue in, and each account is paid its exact part of it.
        Amounts are micros: units of the 6-decimal payment token, 1 USD = 1,000,000.
"""

from ethereum.ercs import IERC20

import proof
import roles
import roots
import shares
import terms
import tracks

initializes: roles
initializes: roots
initializes: shares
initializes: tracks

exports: (
    roles.admin,
    roles.pending_admin,
    roles.publisher,
    roles.guardian,
    roles.propose_admin,
    roles.accept_admin,
    roles.set_publisher,
    roles.set_guardian,
    shares.bps_of,
    shares.units,
    tracks.credited,
    tracks.track,
    tracks.revenue,
)

MAX_BATCH: constant(uint256) = 100
MAX_DELAY: constant(uint256) = 30 * 86_400  # seconds

TOKEN: immutable(IERC20)
CUSTODY: immutable(address)
DELAY: immutable(uint256)  # seconds a root is pending


deposited: public(uint256)  # micros pulled in by all publications


event Published:
    epoch: indexed(uint256)
    root: bytes32
    total: uint256
    data_hash: bytes32
    active_at: uint256


event Vetoed:
    epoch: indexed(uint256)


event Registered:
    track: indexed(bytes32)
    issuer: indexed(address)


event Claimed:
    track: indexed(bytes32)
    account: indexed(address)
    amount: uint256
    epoch: uint256


@deploy
def __init__(
    token: address, admin: address, publisher: address, guardian: address, custody: address, delay: uint256
):
    """
    @param token The payment token, 6 decimals
    @param custody Holds all units that have not been withdrawn
    @param delay Seconds between publication and activation of a root
    """
    assert token.is_contract, "Vault: token is no contract"
    assert custody != empty(address), "Vault: no custody"
    assert delay <= MAX_DELAY, "Vault: delay too long"
    roles.__init__(admin, publisher, guardian)
    TOKEN = IERC20(token)
    CUSTODY = custody
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
    pushed: roots.Epoch = roots._push(root, total, DELAY)
    held: uint256 = self.deposited
    if total > held:
        self.deposited = total
        self._pull(total - held)
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
def register(track_terms: terms.Terms) -> bytes32:
    """
    @notice Makes a track known and gives all its units to custody. Open to anyone.
    @return The track's id, the hash of its terms
    """
    terms._check(track_terms)
    track: bytes32 = terms._track(track_terms)
    tracks._open(track, track_terms.pool_bps)
    shares._mint(track, CUSTODY)
    shares._assign(track, track_terms.platform, track_terms.platform_bps)
    for i: uint256 in range(len(track_terms.payees), bound=terms.MAX_PAYEES):
        assert track_terms.payees[i] != CUSTODY, "Vault: payee is custody"
        shares._assign(track, track_terms.payees[i], track_terms.bps[i])
    log Registered(track=track, issuer=track_terms.issuer)
    return track


@external
def sync(
    track: bytes32,
    slot: uint256,
    revenue: uint256,
    steps: DynArray[proof.ProofStep, proof.MAX_DEPTH],
):
    """
    @notice Brings in a track's cumulative revenue under the active root. Open to anyone.
    @param slot The track's place in the tree, the same for ever
    @param revenue Cumulative revenue, micros
    @param steps Siblings from the leaf to the top
    """
    active: roots.Epoch = self._active()
    leaf: tracks.Leaf = tracks.Leaf(track=track, slot=slot, revenue=revenue, proof=steps)
    tracks._credit(tracks._sync(leaf, active), active.total)


@external
def sync_many(leaves: DynArray[tracks.Leaf, MAX_BATCH]):
    """
    @notice As `sync`, for several tracks at once; one bad leaf refuses them all.
    """
    active: roots.Epoch = self._active()
    gained: uint256 = 0
    for leaf: tracks.Leaf in leaves:
        gained += tracks._sync(leaf, active)
    tracks._credit(gained, active.total)


@external
@nonreentrant
def claim(track: bytes32, account: address) -> uint256:
    """
    @notice Pays `account` what the track owes it, whoever calls.
    @return The amount paid, micros
    """
    amount: uint256 = self._settle_and_take(track, account)
    self._pay(account, amount)
    return amount


@external
@nonreentrant
def claim_many(claimed: DynArray[bytes32, MAX_BATCH], account: address) -> uint256:
    """
    @notice As `claim`, for several tracks with one payment.
    @return The sum paid, micros
    """
    amount: uint256 = 0
    for track: bytes32 in claimed:
        amount += self._settle_and_take(track, account)
    self._pay(account, amount)
    return amount


@external
@view
def token() -> address:
    return TOKEN.address


@external
@view
def custody() -> address:
    return CUSTODY


@external
@view
def delay() -> uint256:
    """
    @return Seconds a root is pending
    """
    return DELAY


@external
@view
def active() -> (uint256, bytes32, uint256, uint256):
    """
    @return epoch (0: none yet), root, total in micros, active since (unix seconds)
    """
    found: roots.Epoch = roots._active()
    return found.epoch, found.root, found.total, found.active_at


@external
@view
def pending() -> (uint256, bytes32, uint256, uint256):
    """
    @return epoch (0: nothing pending), root, total in micros, active from (unix seconds)
    """
    found: roots.Epoch = roots._pending()
    return found.epoch, found.root, found.total, found.active_at


@external
@view
def claimable(track: bytes32, account: address) -> uint256:
    """
    @return What `claim` would pay now, micros
    """
    found: tracks.Track = tracks._find(track)
    return shares._settled(track, account, found.revenue, found.pool_bps).owed


@internal
@view
def _active() -> roots.Epoch:
    active: roots.Epoch = roots._active()
    assert active.epoch != 0, "Vault: no active root"
    return active


@internal
def _settle_and_take(track: bytes32, account: address) -> uint256:
    found: tracks.Track = tracks._known(track)
    position: shares.Position = shares._settled(track, account, found.revenue, found.pool_bps)
    amount: uint256 = position.owed
    if amount == 0:
        return 0
    position.owed = 0
    shares._store(track, account, position)
    log Claimed(track=track, account=account, amount=amount, epoch=found.epoch)
    return amount


@internal
def _pull(amount: uint256):
    before: uint256 = staticcall TOKEN.balanceOf(self)
    assert extcall TOKEN.transferFrom(
        msg.sender, self, amount, default_return_value=True
    ), "Vault: token refused the deposit"
    assert staticcall TOKEN.balanceOf(self) == before + amount, "Vault: deposit fell short"


@internal
def _pay(account: address, amount: uint256):
    if amount == 0:
        return
    assert extcall TOKEN.transfer(
        account, amount, default_return_value=True
    ), "Vault: token refused the payment"
