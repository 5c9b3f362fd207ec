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

import head
import pausing
import proof
import publications
import roles
import roots
import shares
import signatures
import syncing
import terms
import tracks
import transfers
import treasury

initializes: head
initializes: roles
initializes: roots[head := head]
initializes: pausing[head := head, roles := roles]
initializes: shares
initializes: tracks
initializes: syncing[head := head, roots := roots, tracks := tracks]
initializes: transfers[head := head, shares := shares, tracks := tracks]
initializes: signatures
initializes: treasury
initializes: publications[roles := roles, roots := roots, treasury := treasury]

exports: (
    head.paused_until,
    head.transfers_enabled,
    pausing.pause,
    pausing.unpause,
    pausing.enable_transfers,
    publications.publish,
    publications.veto,
    publications.delay,
    roles.admin,
    roles.pending_admin,
    roles.publisher,
    roles.guardian,
    roles.propose_admin,
    roles.accept_admin,
    roles.set_publisher,
    roles.set_guardian,
    roots.active,
    roots.pending,
    shares.bps_of,
    signatures.nonces,
    signatures.DOMAIN_SEPARATOR,
    signatures.eip712Domain,
    syncing.sync,
    syncing.sync_many,
    tracks.credited,
    tracks.track,
    tracks.revenue,
    transfers.transfer,
    transfers.transferFrom,
    transfers.approve,
    transfers.setOperator,
    transfers.balanceOf,
    transfers.allowance,
    transfers.isOperator,
    transfers.supportsInterface,
    transfers.assign,
    transfers.custody,
    treasury.deposited,
    treasury.token,
)

MAX_BATCH: constant(uint256) = 100


event Registered:
    track: indexed(bytes32)
    issuer: indexed(address)


event Claimed:
    track: indexed(bytes32)
    account: indexed(address)
    amount: uint256
    epoch: uint256


# Each claim in one word, from the lowest bit: amount (80), epoch (40), the first 17 bytes of the
# track's id (136). Amount 0: nothing was owed, which says as well up to where all is paid.
event ClaimedMany:
    account: indexed(address)
    claims: DynArray[uint256, MAX_BATCH]


event PaidElsewhere:
    account: indexed(address)
    receiver: indexed(address)
    amount: uint256
    nonce: uint256


@deploy
def __init__(
    token: address, admin: address, publisher: address, guardian: address, custody: address, delay: uint256
):
    """
    @param token The payment token, 6 decimals
    @param custody Holds all units that have not been withdrawn
    @param delay Seconds between publication and activation of a root
    """
    treasury.__init__(token)
    transfers.__init__(custody)
    roles.__init__(admin, publisher, guardian)
    publications.__init__(delay)


@external
def register(track_terms: terms.Terms) -> bytes32:
    """
    @notice Makes a track known and gives all its units to custody. Open to anyone.
    @return The track's id, the hash of its terms
    """
    terms._check(track_terms)
    track: bytes32 = terms._track(track_terms)
    tracks._open(track, track_terms.pool_bps)
    transfers._mint(track)
    shares._name(track, track_terms.platform, track_terms.platform_bps)
    for i: uint256 in range(len(track_terms.payees), bound=terms.MAX_PAYEES):
        assert track_terms.payees[i] != transfers.CUSTODY, "Vault: payee is custody"
        shares._name(track, track_terms.payees[i], track_terms.bps[i])
    log Registered(track=track, issuer=track_terms.issuer)
    return track


@external
def sync_and_transfer(
    leaf: proof.Leaf,
    steps: DynArray[proof.ProofStep, proof.MAX_DEPTH],
    receiver: address,
    amount: uint256,
):
    """
    @notice `sync`, then moves units of the caller: no root can become active in between.
    """
    syncing._sync(leaf, steps)
    transfers._transfer(msg.sender, receiver, leaf.track, amount)


@external
@nonreentrant
def claim(track: bytes32, account: address) -> uint256:
    """
    @notice Pays `account` what the track owes it, whoever calls.
    @return The amount paid, micros
    """
    found: uint256 = tracks._word(track)
    amount: uint256 = shares._take(track, account, found)
    if amount != 0:
        log Claimed(track=track, account=account, amount=amount, epoch=(found >> 120) & (2**40 - 1))
    treasury._pay(account, amount)
    return amount


@external
@nonreentrant
def claim_many(claimed: DynArray[bytes32, MAX_BATCH], account: address) -> uint256:
    """
    @notice As `claim`, for several tracks with one payment.
    @return The sum paid, micros
    """
    amount: uint256 = self._take_all(claimed, account)
    treasury._pay(account, amount)
    return amount


@external
@nonreentrant
def claim_to(
    account: address,
    receiver: address,
    claimed: DynArray[bytes32, MAX_BATCH],
    deadline: uint256,
    signature: signatures.Signature,
) -> uint256:
    """
    @notice As `claim_many`, but pays `receiver`, by a signature of the account (EIP-712).
    @param deadline Unix seconds, the last in which the signature is good
    @return The sum paid, micros
    """
    head._running()
    transfers._check_receiver(receiver)
    nonce: uint256 = signatures._use(account, receiver, claimed, deadline, signature)
    amount: uint256 = self._take_all(claimed, account)
    log PaidElsewhere(account=account, receiver=receiver, amount=amount, nonce=nonce)
    treasury._pay(receiver, amount)
    return amount


@external
@view
def claimable(track: bytes32, account: address) -> uint256:
    """
    @return What `claim` would pay now, micros
    """
    found: tracks.Track = tracks._find(track)
    return shares._settled(track, account, found.revenue, found.pool_bps).owed


@internal
def _take_all(claimed: DynArray[bytes32, MAX_BATCH], account: address) -> uint256:
    """
    @dev One event of them all, a word each: one event each would cost 1,500 gas more.
    """
    amount: uint256 = 0
    claims: DynArray[uint256, MAX_BATCH] = []
    for track: bytes32 in claimed:
        found: uint256 = tracks._word(track)
        taken: uint256 = shares._take(track, account, found)
        epoch: uint256 = (found >> 120) & (2**40 - 1)
        amount += taken
        claims.append(convert(track, uint256) >> 120 << 120 | epoch << 80 | taken)
    log ClaimedMany(account=account, claims=claims)
    return amount
