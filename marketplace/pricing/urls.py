from django.urls import path

from marketplace.pricing import views

app_name = "pricing"
urlpatterns = [
    path("prices", views.hours, name="hours"),
    path("prices/hours/<int:number>", views.hour, name="hour"),
    path("prices/months/<slug:month>", views.month, name="month"),
    path("prices/months/<slug:month>.json", views.month_json, name="month-json"),
    path("prices/months/<slug:month>.csv", views.month_csv, name="month-csv"),
    path("tracks/<uuid:pk>/price", views.price, name="price"),
]
