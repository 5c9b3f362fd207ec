from django.urls import path

from marketplace.studio import hold_views, label_views, statement_views, views

app_name = "studio"
urlpatterns = [
    path("studio", views.overview, name="overview"),
    path("studio.csv", views.revenue_csv, name="revenue-csv"),
    path("studio/plays", views.plays, name="plays"),
    path("studio/plays.csv", views.plays_csv, name="plays-csv"),
    path("studio/postings/<int:number>/<uuid:terms>", views.song_postings, name="song-postings"),
    path("payouts", views.payouts, name="payouts"),
    path("payouts.csv", views.payouts_csv, name="payouts-csv"),
    path("payouts/statement", statement_views.page, name="statement"),
    path("payouts/statement.csv", statement_views.file, name="statement-csv"),
    path("payouts/claim", views.claim, name="claim"),
    path("payouts/spend", views.spend, name="spend"),
    path("payouts/<int:number>", views.payouts_period, name="period"),
    path("payouts/<int:number>/<uuid:terms>", views.payouts_postings, name="postings"),
    path("payouts/holds/<int:pk>", hold_views.hold, name="hold"),
    path("payouts/holds/<int:pk>/answer", hold_views.answer, name="answer-hold"),
    path("label", label_views.label, name="label"),
    path("label.csv", label_views.label_csv, name="label-csv"),
    path("roster", label_views.roster, name="roster"),
    path("roster/invitations/<int:pk>/withdraw", label_views.withdraw, name="withdraw"),
    path("deals/<int:pk>", label_views.deal, name="deal"),
    path("deals/<int:pk>.csv", label_views.deal_csv, name="deal-csv"),
    path("deals/<int:pk>/answer", label_views.answer, name="answer"),
]
