# pragma version 0.4.3
"""
@title HostileToken
@license Apache-2.0
@notice A payment token that does what a vault must survive: keeps a fee of each deposit,
        answers False, or calls somebody in the middle of a transfer.
"""

balanceOf: public(HashMap[address, uint256])

fee: public(uint256)  # kept of each transferFrom
refuses: public(bool)  # answers False and moves nothing
target: address  # called before each movement is over
data: Bytes[1024]
calls: public(uint256)  # of them that went through


@external
def mint(receiver: address, amount: uint256):
    self.balanceOf[receiver] += amount


@external
def set_fee(fee: uint256):
    self.fee = fee


@external
def set_refuses(refuses: bool):
    self.refuses = refuses


@external
def set_call(target: address, data: Bytes[1024]):
    self.target = target
    self.data = data


@external
def transfer(receiver: address, amount: uint256) -> bool:
    return self._move(msg.sender, receiver, amount, 0)


@external
def transferFrom(sender: address, receiver: address, amount: uint256) -> bool:
    return self._move(sender, receiver, amount, self.fee)


@internal
def _move(sender: address, receiver: address, amount: uint256, fee: uint256) -> bool:
    if self.refuses:
        return False
    self.balanceOf[sender] -= amount
    self.balanceOf[receiver] += amount - fee
    if self.target != empty(address):
        if raw_call(self.target, self.data, revert_on_failure=False):
            self.calls += 1
    return True
