from django.urls import path

from marketplace.wallet import own_wallet_views as own
from marketplace.wallet import views

app_name = "wallet"
urlpatterns = [
    path("wallet", views.wallet, name="wallet"),
    path("wallet/top-up", views.top_up, name="top-up"),
    path("wallet/limit", views.set_limit, name="limit"),
    path("wallet/claim", views.claim, name="claim"),
    path("wallet/spend", views.spend, name="spend"),
    path("wallet/own", own.own_wallet, name="own"),
    path("wallet/own/message", own.ask_message, name="own-message"),
    path("wallet/own/link", own.link, name="own-link"),
    path("wallet/own/keep", own.keep, name="own-keep"),
    path("wallet/own/withdraw", own.withdraw, name="own-withdraw"),
    path("wallet/own/units", own.withdraw_units, name="own-units"),
    path("wallet/own/units/<int:pk>/keep", own.keep_units, name="own-units-keep"),
    path("wallet/own/claim", own.claim_there, name="own-claim"),
    path("wallet/own/units/claim", own.claim_for_units, name="own-units-claim"),
    path("wallet/own/withdrawals", own.withdrawn, name="own-withdrawals"),
    path("wallet/own/unlink", own.unlink, name="own-unlink"),
    path("receipts.csv", views.receipts_csv, name="receipts-csv"),
    path("receipts/<int:pk>", views.receipt, name="receipt"),
    path("receipts/<int:pk>/postings", views.receipt_postings, name="receipt-postings"),
    path("receipts/<int:pk>.json", views.receipt_json, name="receipt-json"),
    path("portfolio", views.portfolio, name="portfolio"),
    path("portfolio.csv", views.portfolio_csv, name="portfolio-csv"),
]
