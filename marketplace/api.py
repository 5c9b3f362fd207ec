"""The API's addresses, each app's views under one version."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from marketplace.catalog import api as catalog
from marketplace.discovery import api as discovery
from marketplace.idempotency.once import once
from marketplace.listening import api as listening
from marketplace.listening.audio import audio
from marketplace.listening.head import head
from marketplace.listening.keys import keyed
from marketplace.listening.pressing import quick
from marketplace.pricing import api as pricing
from marketplace.studio import api as studio
from marketplace.wallet import api as wallet

app_name = "api"
router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("tracks", catalog.TrackViewSet, basename="track")

urlpatterns = [
    path("", include(router.urls)),
    path("tracks/<uuid:pk>/head", head, name="track-head"),
    path("quotes", once(pricing.QuotesView.as_view()), name="quotes"),
    path("quotes/<uuid:pk>", pricing.QuoteView.as_view(), name="quote"),
    path("prices/hours", pricing.PriceHoursView.as_view(), name="price-hours"),
    path("prices/hours/<int:hour>/inputs", pricing.PriceInputsView.as_view(), name="price-inputs"),
    path("radio", discovery.RadioView.as_view(), name="radio"),
    path("streams", quick(once(listening.StreamsView.as_view())), name="streams"),
    path("streams/<uuid:pk>/audio", audio, name="stream-audio"),
    path(
        "streams/<uuid:pk>/heartbeat",
        keyed(once(listening.HeartbeatView.as_view())),
        name="heartbeat",
    ),
    path("streams/<uuid:pk>/stop", keyed(once(listening.StopView.as_view())), name="stop"),
    path("plays", listening.PlaysView.as_view(), name="plays"),
    path("wallet", wallet.WalletView.as_view(), name="wallet"),
    path("wallet/top-ups", once(wallet.TopUpsView.as_view()), name="top-ups"),
    path("payouts", studio.PayoutsView.as_view(), name="payouts"),
    path("uploads", once(studio.UploadsView.as_view()), name="uploads"),
    path("schema", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api_docs.html"),
        name="docs",
    ),
]
