"""API: published tracks."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, viewsets
from rest_framework.permissions import AllowAny

from marketplace.catalog import search
from marketplace.catalog.models import Artist, Track
from marketplace.fields import FieldsOnce
from marketplace.pricing.free import free_now
from marketplace.problems import documented
from marketplace.users.access import visitor


class ArtistSerializer(FieldsOnce, serializers.ModelSerializer[Artist]):
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Artist
        fields = ("id", "name", "url")


class TrackSerializer(FieldsOnce, serializers.ModelSerializer[Track]):
    """`counting_seconds`: heard this long, a play is paid. `head_seconds`: what flows before.

    `tempo_bpm`: beats a minute as the file declares them, else as the style counts what was
    measured; null where neither settles it.
    """

    artist = ArtistSerializer(read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)
    cover_url = serializers.CharField(read_only=True)
    counting_seconds = serializers.FloatField(read_only=True)
    head_seconds = serializers.FloatField(read_only=True)
    price_micros = serializers.IntegerField(source="price.micros", read_only=True)
    tempo_bpm = serializers.FloatField(source="counted_bpm", read_only=True, allow_null=True)
    peaks = serializers.ListField(child=serializers.FloatField(), read_only=True)

    class Meta:
        model = Track
        fields = (
            "id",
            "title",
            "artist",
            "album",
            "isrc",
            "genre",
            "url",
            "cover_url",
            "duration_seconds",
            "counting_seconds",
            "head_seconds",
            "tempo_bpm",
            "price_micros",
            "peaks",
            "published_at",
        )


class OfferedTrackSerializer(TrackSerializer):
    """`free`: whether the next play is free to whoever asks; `price_micros` is what one costs when
    the song's first plays are given.
    """

    free = serializers.BooleanField(read_only=True, default=False)

    class Meta(TrackSerializer.Meta):
        fields: tuple[str, ...] = (*TrackSerializer.Meta.fields, "free")  # type: ignore[assignment]

    def to_representation(self, track: Track) -> dict[str, Any]:
        fields: dict[str, Any] = super().to_representation(track)
        return fields | {"free": track.pk in self.context["free"]}


@extend_schema_view(
    list=extend_schema(
        parameters=[OpenApiParameter("q", str, description="a part of a title, artist or album")]
    ),
    retrieve=extend_schema(responses={200: OfferedTrackSerializer, **documented(404)}),
)
class TrackViewSet(viewsets.ReadOnlyModelViewSet[Track]):
    """Published tracks, newest first; `?q=` searches titles and artists."""

    serializer_class = OfferedTrackSerializer
    permission_classes = [AllowAny]
    lookup_value_converter = "uuid"
    free: Collection[UUID] = ()
    queryset = Track.objects.published().select_related("price").order_by("-published_at", "id")

    def get_queryset(self) -> Any:
        query = self.request.query_params.get("q", "").strip()
        found = super().get_queryset()
        return search.matching(found, query) if query else found

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        self._ask([track.pk for track in page or ()])
        return page

    def get_object(self) -> Track:
        track = super().get_object()
        self._ask([track.pk])
        return track

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "free": self.free}

    def _ask(self, ids: list[UUID]) -> None:
        """Which of them are free to whoever asks; one query."""
        user = visitor(self.request)
        self.free = free_now(ids, user.pk if user else None)
