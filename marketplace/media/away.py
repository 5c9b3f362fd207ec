"""The store of recordings and pictures does not do what it is asked for."""

from marketplace.problems import Problem

AWAY = "The store of recordings does not answer; try again in a minute."
NOT_KEPT = "The store of recordings does not answer: nothing was kept; send it again in a minute."


class StoreAway(Problem, OSError):
    """503: nothing of what was asked for is done; it may be asked for again.

    An OSError, as it is with Django's own storages.
    """

    status = 503
    code = "store_away"
    wait_seconds = 30

    def __init__(self, detail: str = AWAY) -> None:
        super().__init__(detail)
