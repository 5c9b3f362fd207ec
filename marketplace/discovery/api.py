"""API of a player's radio. 200 with the next songs; 404 no such track."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.catalog.models import Track
from marketplace.discovery.radio import LONGEST_SESSION, radio
from marketplace.problems import NotFound, documented
from marketplace.users.access import user_of


class RadioRequest(serializers.Serializer[Any]):
    """`heard`: what this session has played or queued already."""

    track = serializers.UUIDField()
    heard = serializers.ListField(
        child=serializers.UUIDField(), max_length=LONGEST_SESSION, default=list
    )


class RadioSongSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    title = serializers.CharField()
    artist = serializers.CharField()
    cover_url = serializers.CharField()
    price_micros = serializers.IntegerField()
    why = serializers.CharField(help_text="in what it is like the radio's song, in a few words")


class RadioSerializer(serializers.Serializer[Any]):
    tracks = RadioSongSerializer(many=True)


class RadioView(APIView):
    @extend_schema(
        request=RadioRequest, responses={200: RadioSerializer, **documented(400, 403, 404)}
    )
    def post(self, request: Request) -> Response:
        """The next songs like one; ask for their quotes with surface `radio`."""
        asked = RadioRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        seed = Track.objects.published().filter(pk=asked.validated_data["track"]).first()
        if seed is None:
            raise NotFound("There is no such track.")
        found = radio(seed, user_of(request), asked.validated_data["heard"])
        return Response(RadioSerializer({"tracks": found}).data)
