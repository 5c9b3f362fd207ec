# pragma version 0.4.3
"""
@title Pausing, and the opening of transfers
@license Apache-2.0
@notice What a pause stops: publish, sync, sync_many, sync_and_transfer, transfer,
        transferFrom, assign and claim_to. So no new money is credited, no unit and no part
        moves, and nothing is paid elsewhere than to whom it is owed.
        What it never stops: claim and claim_many, since what was credited is covered and
        goes to its account alone; veto; register; approvals; roles; the clock of a
        pending root. Nobody's entitlement changes by it, because nothing moves.
"""

import head
import roles

uses: head
uses: roles

MAX_PAUSE: constant(uint256) = 72 * 3_600  # seconds
REST: constant(uint256) = 30 * 86_400  # seconds after a pause in which only the admin pauses


event Paused:
    until: uint256
    by: indexed(address)


event Unpaused:
    by: indexed(address)


event TransfersEnabled:
    pass


@external
def pause(duration: uint256):
    """
    @notice By the guardian, not again within 30 days of a pause's end; by the admin always.
    @param duration Seconds, 72 hours at most
    """
    latest: head.Head = head._head()
    assert duration > 0, "Vault: no duration"
    assert duration <= MAX_PAUSE, "Vault: pause too long"
    if msg.sender != roles.admin:
        roles._check_guardian()
        assert block.timestamp >= latest.paused_until + REST, "Vault: paused too recently"
    latest.paused_until = block.timestamp + duration
    head._set(latest)
    log Paused(until=latest.paused_until, by=msg.sender)


@external
def unpause():
    """
    @notice Ends a pause early; by the guardian or the admin.
    """
    if msg.sender != roles.admin:
        roles._check_guardian()
    latest: head.Head = head._head()
    assert block.timestamp < latest.paused_until, "Vault: not paused"
    latest.paused_until = block.timestamp
    head._set(latest)
    log Unpaused(by=msg.sender)


@external
def enable_transfers():
    """
    @notice Lets units move between holders; by the admin, never to be undone.
    """
    roles._check_admin()
    latest: head.Head = head._head()
    assert not latest.transfers_enabled, "Vault: transfers already enabled"
    latest.transfers_enabled = True
    head._set(latest)
    log TransfersEnabled()
