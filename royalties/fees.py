"""What to offer for gas, and what a replacement must pay. Pure but for the ceiling's setting."""

from django.conf import settings

from contracts.client import ChainError, Fees

MOST_OVER = 3  # a replacement is no cure for what has waited with three times today's fee


class TooDear(ChainError):
    """Gas costs more than the house is ready to pay: it waits."""


def offer(now: Fees) -> Fees:
    """What a new transaction offers.

    Raises:
        TooDear: it would be above the ceiling
    """
    if now.max_fee_wei > settings.CHAIN_MAX_FEE_WEI:
        gwei, most = now.max_fee_wei / 10**9, settings.CHAIN_MAX_FEE_WEI / 10**9
        raise TooDear(f"gas costs {gwei:g} gwei, more than CHAIN_MAX_FEE_GWEI = {most:g}")
    return now


def replacement(old: Fees, now: Fees) -> Fees:
    """What takes the place of `old` in a node's pool: both fees an eighth more, or today's.

    Nodes want a tenth more of each (geth's `txpool.pricebump`).

    Raises:
        TooDear: it would be above the ceiling
        ChainError: it pays so much already that something else must be wrong
    """
    if old.max_fee_wei > MOST_OVER * now.max_fee_wei:
        raise ChainError(f"it is not mined, though it pays {MOST_OVER} times what is asked")
    return offer(
        Fees(
            max(now.max_fee_wei, old.max_fee_wei * 9 // 8 + 1),
            max(now.priority_fee_wei, old.priority_fee_wei * 9 // 8 + 1),
        )
    )
