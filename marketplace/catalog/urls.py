from django.urls import path

from marketplace.catalog import views

app_name = "catalog"
urlpatterns = [
    path("tracks/<uuid:pk>", views.track, name="track"),
    path("tracks/<uuid:pk>/cover", views.cover, name="cover"),
    path("artists/<uuid:pk>", views.artist, name="artist"),
    path("artists/<uuid:pk>/album", views.album, name="album"),
    path("artists/<uuid:pk>/picture", views.artist_picture, name="artist-picture"),
    path("upload", views.upload_page, name="upload"),
    path("upload/preview", views.upload_preview, name="upload-preview"),
    path("uploads/<uuid:pk>", views.uploaded, name="uploaded"),
    path("uploads/<uuid:pk>/dispute", views.dispute, name="dispute"),
    path("uploads/<uuid:pk>/again", views.upload_again, name="upload-again"),
]
