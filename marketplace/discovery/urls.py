from django.urls import path

from marketplace.discovery import card_views, map_views, views

app_name = "discovery"
urlpatterns = [
    path("", views.home, name="home"),
    path("now", views.now_part, name="now"),
    path("lean", views.lean, name="lean"),
    path("model", card_views.model, name="model"),
    path("model.md", card_views.markdown, name="model-markdown"),
    path("model.json", card_views.document, name="model-json"),
    path("songs", views.songs, name="songs"),
    path("mix", views.mix, name="mix"),
    path("map", map_views.map_page, name="map"),
    path("map/points", map_views.map_points, name="map-points"),
    path("map/songs", map_views.map_songs, name="map-songs"),
    path("map/taste", map_views.map_taste, name="map-taste"),
    path("search", views.instant_search, name="search"),
    path("tracks/<uuid:pk>/similar", views.similar, name="similar"),
    path("tracks/<uuid:pk>/like", views.like, name="like"),
    path("tracks/<uuid:pk>/liked", views.liked, name="liked"),
    path("artists/<uuid:pk>/follow", views.follow, name="follow"),
    path("tracks/<uuid:pk>/dislike", views.dislike, name="dislike"),
]
