from django.urls import path

from marketplace.discovery import views

app_name = "discovery"
urlpatterns = [
    path("", views.home, name="home"),
    path("now", views.now_part, name="now"),
    path("lean", views.lean, name="lean"),
    path("songs", views.songs, name="songs"),
    path("search", views.instant_search, name="search"),
    path("tracks/<uuid:pk>/similar", views.similar, name="similar"),
    path("tracks/<uuid:pk>/like", views.like, name="like"),
    path("tracks/<uuid:pk>/dislike", views.dislike, name="dislike"),
]
