"""Tables of the royalty path, by subject; a name is imported from here and nowhere deeper."""

from royalties.models.deals import Deal, Division
from royalties.models.forfeits import Forfeit, Redistributed
from royalties.models.fraud_holds import FraudHold, HoldAnswer
from royalties.models.ledger import Account, Entry, Hold, Posting, Purse
from royalties.models.links import PartyLink, PaymentSource
from royalties.models.outbox import ChainEvent, Deployment, OutboxTransaction, SignedTransaction
from royalties.models.parties import Party
from royalties.models.periods import Entitlement, Leaf, Period, PriceFile
from royalties.models.plays import PaidPlay, Pseudonym, Reversal, WaitingPlay, taken_in
from royalties.models.terms import Payee, Terms
from royalties.models.topups import TopUp
from royalties.models.unit_deposits import UnitDeposit
from royalties.models.wallets import LinkedWallet, WalletChallenge
from royalties.models.windows import Holding, TakenBack, TrackWindow, UnitMove, Window
from royalties.models.withdrawals import UnitWithdrawal, Withdrawal

__all__ = [
    "Account",
    "ChainEvent",
    "Deal",
    "Deployment",
    "Division",
    "Entitlement",
    "Entry",
    "Forfeit",
    "FraudHold",
    "Hold",
    "HoldAnswer",
    "Holding",
    "Leaf",
    "LinkedWallet",
    "OutboxTransaction",
    "PaidPlay",
    "Party",
    "PartyLink",
    "Payee",
    "PaymentSource",
    "Period",
    "PriceFile",
    "Posting",
    "Pseudonym",
    "Purse",
    "SignedTransaction",
    "Redistributed",
    "Reversal",
    "TakenBack",
    "Terms",
    "TopUp",
    "TrackWindow",
    "UnitDeposit",
    "UnitMove",
    "UnitWithdrawal",
    "WaitingPlay",
    "WalletChallenge",
    "Window",
    "Withdrawal",
    "taken_in",
]
