from django.urls import path

from marketplace.pricing import views

app_name = "pricing"
urlpatterns = [
    path("prices", views.hours, name="hours"),
    path("prices/hours/<int:number>", views.hour, name="hour"),
    path("tracks/<uuid:pk>/price", views.price, name="price"),
]
