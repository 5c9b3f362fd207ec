from django.urls import path

from marketplace.operations import views

app_name = "operations"
urlpatterns = [
    path("operations/", views.overview, name="overview"),
    path("operations/close", views.close_now, name="close"),
    path("operations/catalogue", views.catalogue, name="catalogue"),
    path("operations/assign", views.assign, name="assign"),
    path("periods", views.periods, name="periods"),
    path("periods/<int:number>", views.period, name="period"),
    path("periods/<int:number>/bundle.zip", views.bundle, name="bundle"),
]
