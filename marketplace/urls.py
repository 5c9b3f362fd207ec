"""Every app's addresses, in one place."""

from django.contrib import admin
from django.urls import include, path

from marketplace.installable import manifest
from marketplace.operations import views as operations
from marketplace.operations.health import healthz, readyz

handler400 = "marketplace.refusals.bad_request"
handler404 = "marketplace.refusals.not_found"
urlpatterns = [
    path("manifest.webmanifest", manifest, name="manifest"),
    path("healthz", healthz),
    path("readyz", readyz),
    path("api/v1/", include("marketplace.api")),
    path("styleguide", operations.styleguide_page, name="styleguide"),
    path("", include("marketplace.users.urls")),  # its doors to the admin come before the admin's
    path("admin/", admin.site.urls),
    path("", include("marketplace.discovery.urls")),
    path("", include("marketplace.catalog.urls")),
    path("", include("marketplace.pricing.urls")),
    path("", include("marketplace.library.urls")),
    path("", include("marketplace.wallet.urls")),
    path("", include("marketplace.studio.urls")),
    path("", include("marketplace.operations.urls")),
]
