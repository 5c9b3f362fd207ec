# pragma version 0.4.3
"""
@title Transfers of units (ERC-6909) and of payees' parts
@license Apache-2.0
@notice The units of a track are the token whose id is the track's id as a number. Both
        sides settle before anything moves, and the track must be synced to the active
        epoch, so that each is paid for exactly what it held when a root became active.
        Until transfers are enabled, units move only from and to custody.
"""

from ethereum.ercs import IERC165

import head
import shares
import tracks

uses: head
uses: shares
uses: tracks

implements: IERC165

ERC165: constant(bytes4) = 0x01ffc9a7
ERC6909: constant(bytes4) = 0x0f632fb3

CUSTODY: immutable(address)

isOperator: public(HashMap[address, HashMap[address, bool]])
allowance: public(HashMap[address, HashMap[address, HashMap[uint256, uint256]]])


event Transfer:
    caller: address
    sender: indexed(address)
    receiver: indexed(address)
    id: indexed(uint256)
    amount: uint256


event OperatorSet:
    owner: indexed(address)
    spender: indexed(address)
    approved: bool


event Approval:
    owner: indexed(address)
    spender: indexed(address)
    id: indexed(uint256)
    amount: uint256


event Assigned:
    track: indexed(bytes32)
    sender: indexed(address)
    receiver: indexed(address)
    bps: uint256


@deploy
def __init__(custody: address):
    assert custody != empty(address), "Vault: no custody"
    CUSTODY = custody


@external
def transfer(receiver: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Moves units of the sender.
    @param id The track's id
    """
    self._transfer(msg.sender, receiver, convert(id, bytes32), amount)
    return True


@external
def transferFrom(sender: address, receiver: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Moves units of `sender`, who is the caller, or approved it, or made it an operator.
    """
    if msg.sender != sender and not self.isOperator[sender][msg.sender]:
        allowed: uint256 = self.allowance[sender][msg.sender][id]
        assert allowed >= amount, "Vault: over the allowance"
        if allowed != max_value(uint256):
            self.allowance[sender][msg.sender][id] = allowed - amount
    self._transfer(sender, receiver, convert(id, bytes32), amount)
    return True


@external
def approve(spender: address, id: uint256, amount: uint256) -> bool:
    """
    @notice Lets `spender` move that many units of the caller; the greatest number never runs out.
    """
    self.allowance[msg.sender][spender][id] = amount
    log Approval(owner=msg.sender, spender=spender, id=id, amount=amount)
    return True


@external
def setOperator(spender: address, approved: bool) -> bool:
    """
    @notice Lets `spender` move all units of the caller, of every track, or no longer.
    """
    self.isOperator[msg.sender][spender] = approved
    log OperatorSet(owner=msg.sender, spender=spender, approved=approved)
    return True


@external
def assign(track: bytes32, to: address, bps: uint256):
    """
    @notice Gives all or some of the caller's own part of a track's revenue to another.
    """
    assert bps > 0, "Vault: no bps"
    assert to != CUSTODY, "Vault: payee is custody"
    self._check_receiver(to)
    found: tracks.Track = self._synced(track, head._running())
    shares._move(track, msg.sender, to, bps, 0, found.revenue, found.pool_bps)
    log Assigned(track=track, sender=msg.sender, receiver=to, bps=bps)


@external
@view
def balanceOf(owner: address, id: uint256) -> uint256:
    """
    @return Units of the track that `owner` holds
    """
    return shares._position(convert(id, bytes32), owner).units


@external
@view
def supportsInterface(interface_id: bytes4) -> bool:
    return interface_id in [ERC165, ERC6909]


@external
@view
def custody() -> address:
    return CUSTODY


@internal
def _mint(track: bytes32):
    """
    @notice All units of a new track to custody.
    """
    shares._mint(track, CUSTODY)
    log Transfer(
        caller=msg.sender,
        sender=empty(address),
        receiver=CUSTODY,
        id=convert(track, uint256),
        amount=shares.POOL_UNITS,
    )


@internal
def _transfer(sender: address, receiver: address, track: bytes32, amount: uint256):
    word: uint256 = head._running()
    if not head._transfers_enabled(word):
        assert sender == CUSTODY or receiver == CUSTODY, "Vault: transfers not enabled"
    self._check_receiver(receiver)
    found: tracks.Track = self._synced(track, word)
    shares._move(track, sender, receiver, 0, amount, found.revenue, found.pool_bps)
    log Transfer(
        caller=msg.sender,
        sender=sender,
        receiver=receiver,
        id=convert(track, uint256),
        amount=amount,
    )


@internal
@view
def _check_receiver(receiver: address):
    assert receiver != empty(address), "Vault: receiver is zero"
    assert receiver != self, "Vault: receiver is the vault"


@internal
@view
def _synced(track: bytes32, word: uint256) -> tracks.Track:
    found: tracks.Track = tracks._known(track)
    assert found.epoch == head._active(word), "Vault: track not synced"
    return found
