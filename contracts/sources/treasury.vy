# pragma version 0.4.3
"""
@title The payment token, in and out
@license Apache-2.0
@notice Pulls in what publications lack and pays out claims. Tokens sent here without a
        publication are nobody's: they count for nothing and can't be taken out.
"""

from ethereum.ercs import IERC20

TOKEN: immutable(IERC20)

deposited: public(uint256)  # micros pulled in by all publications


@deploy
def __init__(token: address):
    assert token.is_contract, "Vault: token is no contract"
    TOKEN = IERC20(token)


@external
@view
def token() -> address:
    return TOKEN.address


@internal
def _cover(total: uint256):
    """
    @notice Pulls in what is lacking of `total`, checked by the difference it makes.
    """
    held: uint256 = self.deposited
    if total <= held:
        return
    self.deposited = total
    before: uint256 = staticcall TOKEN.balanceOf(self)
    assert extcall TOKEN.transferFrom(
        msg.sender, self, total - held, default_return_value=True
    ), "Vault: token refused the deposit"
    after: uint256 = staticcall TOKEN.balanceOf(self)
    assert after == before + (total - held), "Vault: deposit fell short"


@internal
def _pay(account: address, amount: uint256):
    if amount == 0:
        return
    assert extcall TOKEN.transfer(
        account, amount, default_return_value=True
    ), "Vault: token refused the payment"
