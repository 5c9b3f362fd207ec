from django.urls import path

from marketplace.library import views

app_name = "library"
urlpatterns = [
    path("library", views.liked, name="library"),
    path("library/playlists", views.playlists_page, name="playlists"),
    path("library/artists", views.artists, name="artists"),
    path("library/history", views.history_page, name="history"),
    path("library/keep-week", views.keep_week, name="keep-week"),
    path("library/not-for-you", views.disliked, name="disliked"),
    path("library/pick/<uuid:track>", views.pick, name="pick"),
    path("playlists/<uuid:pk>", views.playlist_page, name="playlist"),
    path("playlists/<uuid:pk>/share", views.share, name="share"),
    path("playlists/<uuid:pk>/keep", views.keep, name="keep"),
    path("playlists/<uuid:pk>/rename", views.rename, name="rename"),
    path("playlists/<uuid:pk>/delete", views.delete, name="delete"),
    path("playlists/<uuid:pk>/add/<uuid:track>", views.add, name="add"),
    path("playlists/<uuid:pk>/remove/<uuid:track>", views.remove, name="remove"),
    path("playlists/<uuid:pk>/move/<uuid:track>", views.move, name="move"),
]
