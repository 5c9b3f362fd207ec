"""What can go wrong on the royalty path: one root class, each error with its value."""


class RoyaltiesError(Exception):
    """The root of this package's errors; its text is one clear sentence."""


class InsufficientFunds(RoyaltiesError):
    """A purse or an earnings account has less than was asked of it."""

    def __init__(self, available: int, needed: int) -> None:
        self.available = available
        self.needed = needed
        super().__init__(f"{needed} micros are needed and {available} are available")


class NotEnoughUnits(RoyaltiesError):
    """Fewer units of a track may leave the house now."""

    def __init__(self, available: int, needed: int) -> None:
        self.available = available
        self.needed = needed
        super().__init__(f"{needed} units are needed and {available} are available")


class ReferenceTaken(RoyaltiesError):
    """The reference already stands for something else: another amount, party or purpose."""

    def __init__(self, reference: object) -> None:
        self.reference = reference
        super().__init__(f"the reference {reference} already stands for another amount or party")


class HoldEnded(RoyaltiesError):
    """The hold was released, or there never was one: nothing can be captured from it."""

    def __init__(self, reference: object) -> None:
        self.reference = reference
        super().__init__(f"there is no open hold {reference}")


class TermsError(RoyaltiesError):
    """Terms that can't be published; `field` names the part of the form."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class DealError(RoyaltiesError):
    """A deal that can't be offered or answered."""


class WalletRefused(RoyaltiesError):
    """A wallet that can't be linked; `field` names the part of the form."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class KeysMissing(RoyaltiesError):
    """The file with the custody's seed is missing or has no seed in it."""


class SentElsewhere(RoyaltiesError):
    """A key sent what this database does not know; signing on could do the same twice."""

    def __init__(self, lane: str, first: int, last: int) -> None:
        which = f"nonce {first}" if first == last else f"nonces {first} to {last}"
        super().__init__(
            f"the {lane}'s key sent what this database does not know ({which}): it is older than"
            " the chain, or the key is in other hands; docs/operating.md says what to do"
        )


class RootUnknown(RoyaltiesError):
    """The chain stands at a root that is not the last one this database knows."""

    def __init__(self, epoch: int) -> None:
        super().__init__(
            f"the chain stands at epoch {epoch}, which is not the last one this database knows: it"
            " is older than the chain, or the publisher's key is in other hands;"
            " docs/operating.md says what to do"
        )
