# pragma version 0.4.3
"""
@title Somebody's own contract
@notice Claims from the vault and, in the same transaction, logs what bears the names of the
        token's and the vault's events and is none: a Transfer of an NFT, a Published without data.
"""

interface Vault:
    def claim_many(claimed: DynArray[bytes32, 100], account: address) -> uint256: nonpayable


event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    id: indexed(uint256)


@external
def claim(vault: address, track: bytes32):
    log Transfer(sender=self, receiver=msg.sender, id=1)
    raw_log([keccak256("Published(uint256,bytes32,uint256,bytes32,uint256)"), empty(bytes32)], b"")
    extcall Vault(vault).claim_many([track], self)
