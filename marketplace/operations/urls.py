from django.urls import path

from marketplace.operations import dispute_views, hold_views, views, watch_views

app_name = "operations"
urlpatterns = [
    path("operations/", views.overview, name="overview"),
    path("operations/settlement", views.settlement, name="settlement"),
    path("operations/close", views.close_now, name="close"),
    path("operations/periods/<int:number>/again", views.republish, name="republish"),
    path("operations/outbox/<int:pk>/clear", views.clear_alarm, name="clear-alarm"),
    path("operations/periods/<int:number>/correct", views.correct, name="correct"),
    path("operations/catalogue", views.catalogue, name="catalogue"),
    path("operations/assign", views.assign, name="assign"),
    path("operations/files/<uuid:pk>/again", watch_views.try_again, name="try-again"),
    path("operations/disputes", dispute_views.page, name="disputes"),
    path("operations/disputes/<int:pk>/decide", dispute_views.decide, name="decide"),
    path("operations/disputes/<int:pk>/<str:which>.mp3", dispute_views.sound, name="sound"),
    path("operations/reconciliation", watch_views.compared, name="reconciliation"),
    path("operations/reconciliation/now", watch_views.compare, name="compare"),
    path("operations/holds", hold_views.page, name="holds"),
    path("operations/holds/new", hold_views.hold, name="hold"),
    path("operations/holds/<int:pk>", hold_views.one, name="fraud-hold"),
    path("operations/holds/<int:pk>/release", hold_views.release, name="release-hold"),
    path("operations/holds/<int:pk>/forfeit", hold_views.forfeit, name="forfeit-hold"),
    path("operations/top-ups/<int:pk>/back", hold_views.charge_back, name="charge-back"),
    path("operations/keys", watch_views.keys, name="keys"),
    path("operations/prices", watch_views.prices, name="prices"),
    path("operations/prices/stop", watch_views.stop_prices, name="stop-prices"),
    path("operations/prices/go", watch_views.let_prices_go, name="let-prices-go"),
    path("operations/models", watch_views.models, name="models"),
    path("operations/models/<int:pk>/serve", watch_views.serve, name="serve"),
    path("operations/models/release", watch_views.release, name="release"),
    path("operations/log", watch_views.log, name="log"),
    path("periods", views.periods, name="periods"),
    path("periods/<int:number>", views.period, name="period"),
    path("periods/<int:number>/replaced.zip", views.replaced, name="replaced"),
    path("periods/<int:number>/bundle.zip", views.bundle, name="bundle"),
]
