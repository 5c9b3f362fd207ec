# pragma version 0.4.3
"""
@title Roles of the vault
@license Apache-2.0
@notice Who may do what: the admin names publisher and guardian and nothing else,
        the publisher funds and publishes roots, the guardian vetoes a pending one.
@dev The admin changes in two steps, so that a mistyped address can't lock the vault.
     A keeper is anyone: syncing and claiming need no role.
"""

admin: public(address)
pending_admin: public(address)
publisher: public(address)
guardian: public(address)


event AdminProposed:
    pending_admin: indexed(address)


event AdminChanged:
    admin: indexed(address)


event PublisherChanged:
    publisher: indexed(address)


event GuardianChanged:
    guardian: indexed(address)


@deploy
def __init__(admin: address, publisher: address, guardian: address):
    assert admin != empty(address), "Vault: no admin"
    self.admin = admin
    log AdminChanged(admin=admin)
    self._set_publisher(publisher)
    self._set_guardian(guardian)


@external
def propose_admin(pending_admin: address):
    """
    @notice First step of handing the admin role over; the zero address withdraws the proposal.
    """
    self._check_admin()
    self.pending_admin = pending_admin
    log AdminProposed(pending_admin=pending_admin)


@external
def accept_admin():
    """
    @notice Second step, by the proposed address itself.
    """
    assert msg.sender == self.pending_admin, "Vault: not the proposed admin"
    self.pending_admin = empty(address)
    self.admin = msg.sender
    log AdminChanged(admin=msg.sender)


@external
def set_publisher(publisher: address):
    self._check_admin()
    self._set_publisher(publisher)


@external
def set_guardian(guardian: address):
    self._check_admin()
    self._set_guardian(guardian)


@internal
def _set_publisher(publisher: address):
    assert publisher != empty(address), "Vault: no publisher"
    self.publisher = publisher
    log PublisherChanged(publisher=publisher)


@internal
def _set_guardian(guardian: address):
    assert guardian != empty(address), "Vault: no guardian"
    self.guardian = guardian
    log GuardianChanged(guardian=guardian)


@internal
@view
def _check_admin():
    assert msg.sender == self.admin, "Vault: not the admin"


@internal
@view
def _check_publisher():
    assert msg.sender == self.publisher, "Vault: not the publisher"


@internal
@view
def _check_guardian():
    assert msg.sender == self.guardian, "Vault: not the guardian"
