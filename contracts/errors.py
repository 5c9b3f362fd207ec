"""Everything that can go wrong between us and a chain; `ChainError` is the root of all of it."""


class ChainError(Exception):
    """The chain answered, and the answer is no use."""


class ChainUnavailable(ChainError):
    """The node did not answer. Try again later: nothing is known about what was sent."""


class WrongChain(ChainError):
    """The node serves another chain than the one expected."""


class Reverted(ChainError):
    """A contract refused; `reason` is its own sentence, e.g. "Vault: not the publisher"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StaleNonce(ChainError):
    """Another transaction of this sender was mined with the nonce of the one just sent."""


class Underpriced(ChainError):
    """Another transaction with this nonce waits in the pool, and the new one doesn't pay more."""


class NodeMissing(ChainError):
    """The local chain's binary is not installed, or the node didn't come up."""
