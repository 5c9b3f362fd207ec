"""API of a player: open a stream, report what was heard, stop; and the plays one has paid for.

402 balance or monthly limit · 404 not yours · 409 the quote ran out (a new one is in the answer)
· 410 the stream has ended.
"""

import json
import math
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.catalog.analysis import Kind
from marketplace.catalog.api import TrackSerializer
from marketplace.catalog.models import Track
from marketplace.catalog.on_sale import on_sale
from marketplace.catalog.renditions import Quality, wanted
from marketplace.fields import FieldsOnce
from marketplace.idempotency.once import PARAMETER as IDEMPOTENCY_KEY
from marketplace.kept import kept
from marketplace.listening import streams
from marketplace.listening.audio import audio_url
from marketplace.listening.earned import Earned, NoUnits
from marketplace.listening.hearing import Progress
from marketplace.listening.keys import addresses, key_of, session_of
from marketplace.listening.models import Stream
from marketplace.parsers import ShallowJSONParser
from marketplace.pricing.api import QuoteSerializer
from marketplace.pricing.models import Quote
from marketplace.problems import NotFound, ProblemSerializer, documented
from marketplace.users.access import user_of
from marketplace.users.models import User
from royalties.models import PaidPlay

HEARTBEAT_SECONDS = 5
KEYED = "its key stands for the session, until the stream ends"
KEY = OpenApiParameter("key", str, description="as in the stream's addresses: no session is needed")


class StreamRequest(FieldsOnce, serializers.Serializer[Any]):
    """A `quote`, or a `track` that is quoted at its price now."""

    quote = serializers.UUIDField(required=False)
    track = serializers.UUIDField(required=False)
    surface = serializers.ChoiceField(choices=Quote.Surface.choices, default=Quote.Surface.PRESS)
    # what the player can play beside MP3, and how much data it may cost
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=["mp3", "opus"]), default=["mp3"], max_length=2
    )
    quality = serializers.ChoiceField(choices=list(Quality), default=Quality.LESS_DATA)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if ("quote" in asked) == ("track" in asked):
            raise serializers.ValidationError("Either a quote or a track is needed.")
        return asked


class StreamSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    audio_url = serializers.CharField()
    rendition = serializers.ChoiceField(choices=list(Kind))
    price_micros = serializers.IntegerField()
    counting_seconds = serializers.FloatField()
    head_seconds = serializers.FloatField()
    duration_seconds = serializers.FloatField()
    heartbeat_seconds = serializers.IntegerField()
    heartbeat_url = serializers.CharField(help_text=f"where to report; {KEYED}")
    stop_url = serializers.CharField(help_text=f"where to stop; {KEYED}")
    quote = QuoteSerializer(required=False, help_text="where a track was asked for")


class HeartbeatRequest(FieldsOnce, serializers.Serializer[Any]):
    played_seconds = serializers.FloatField(min_value=0, max_value=3600)

    def validate_played_seconds(self, seconds: float) -> float:
        if not math.isfinite(seconds):  # neither less than 0 nor more than an hour
            raise serializers.ValidationError("A number of seconds is needed.")
        return seconds


class NoUnitsSerializer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=NoUnits.values)
    detail = serializers.CharField(help_text="one sentence for whoever listens")


class ProgressSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=["open", "counted"])
    heard_seconds = serializers.FloatField()
    counting_seconds = serializers.FloatField()
    price_micros = serializers.IntegerField()
    units = serializers.IntegerField(
        allow_null=True, help_text="what the play earns, told by the heartbeat that counts it"
    )
    no_units = NoUnitsSerializer(allow_null=True, help_text="why it earns 0")
    spent_today_micros = serializers.IntegerField()
    available_micros = serializers.IntegerField()
    cap_left_micros = serializers.IntegerField(allow_null=True)


class ReplacedSerializer(ProblemSerializer):
    """409: the quote ran out; play on with this one."""

    quote = QuoteSerializer()


class PlaySerializer(serializers.ModelSerializer[PaidPlay]):
    track = serializers.UUIDField(source="terms.subject_id")

    class Meta:
        model = PaidPlay
        fields = ("id", "track", "price_micros", "units", "counted_at")


STREAM_ANSWERS = {
    201: StreamSerializer,
    409: ReplacedSerializer,
    **documented(400, 403, 404, 410, 422),
}
HEARTBEAT_ANSWERS = {
    200: ProgressSerializer,
    409: ReplacedSerializer,
    **documented(400, 402, 403, 404, 410, 422),
}


def opened(pressed: streams.Pressed) -> dict[str, Any]:
    """The answer to an opening but for the quote."""
    track, quote = pressed.quote.track, pressed.quote
    assert track.duration_seconds is not None
    key = key_of(pressed.stream, quote.listener_id, pressed.at, track.duration_seconds)
    return {
        "id": str(pressed.stream),
        "audio_url": audio_url(pressed.stream),
        "rendition": pressed.kind.value,
        "price_micros": quote.price_micros,
        "counting_seconds": track.counting_seconds,
        "head_seconds": track.head_seconds,
        "duration_seconds": track.duration_seconds,
        "heartbeat_seconds": HEARTBEAT_SECONDS,
        **addresses(pressed.stream, key),
    }


def told(progress: Progress) -> dict[str, Any]:
    """The answer to a heartbeat."""
    money = progress.money
    return {
        "state": progress.state,
        "heard_seconds": round(progress.heard_seconds, 3),
        "counting_seconds": progress.stream.quote.track.counting_seconds,
        "price_micros": progress.stream.quote.price_micros,
        **_gained(progress.earned),
        "spent_today_micros": money.spent_today_micros,
        "available_micros": money.available_micros,
        "held_micros": money.held_micros,
        "cap_left_micros": money.cap_left_micros,
    }


def _gained(earned: Earned | None) -> dict[str, Any]:
    why = earned.why_none if earned else None
    return {
        "units": earned.units if earned else None,
        "no_units": {"code": why.value, "detail": why.label} if why else None,
    }


class StreamsView(APIView):
    @extend_schema(parameters=[IDEMPOTENCY_KEY], request=StreamRequest, responses=STREAM_ANSWERS)
    def post(self, request: Request) -> Response | HttpResponse:
        """Open a stream for a quote, or for a track at its price now.

        Nothing is held until the first heartbeat.
        """
        asked = StreamRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wish, listener, at = asked.validated_data, user_of(request), timezone.now()
        kind = wanted(wish["formats"], wish["quality"])
        if "track" in wish:
            return HttpResponse(
                pressed(wish["track"], listener, wish["surface"], at, kind, session_of(request)),
                content_type="application/json",
                status=status.HTTP_201_CREATED,
            )
        try:
            stream = streams.start(wish["quote"], listener, at, kind, session_of(request))
        except streams.QuoteExpired as error:
            return replaced(error)
        sounding = Stream.sounding(stream.pk, listener)
        assert sounding is not None
        return Response(opened(streams.of_stream(sounding)), status=status.HTTP_201_CREATED)


def pressed(pk: UUID, listener: User, surface: str, at: datetime, kind: Kind, session: str) -> str:
    """The JSON of an opening at a track's price now.

    Raises:
        NotFound: no such track is on sale.
    """
    try:
        track = on_sale(pk).track
    except Track.DoesNotExist:
        raise NotFound("There is no such track.") from None
    one = streams.press(track, listener, surface, at, kind, session)
    return f'{json.dumps(opened(one))[:-1]},"quote":{quoted(one)}}}'


def quoted(one: streams.Pressed) -> str:
    """The quote as `QuoteSerializer` has it; what a song is made of is put into words once."""
    quote, song = one.quote, one.quote.track
    track = kept(f"track-json:{song.pk}:{song.revision}", partial(_track, song), lasting=True)
    moments = {"issued_at": quote.issued_at, "expires_at": quote.expires_at}
    fields = {
        "id": str(quote.pk),
        "price_micros": quote.price_micros,
        "surface": quote.surface,
        "state": quote.state,
        **{name: at.isoformat().replace("+00:00", "Z") for name, at in moments.items()},
    }
    return f'{json.dumps(fields)[:-1]},"track":{track},"price_micros":{one.price_micros}}}}}'


def _track(track: Track) -> str:
    """All of it but the price, and the brace that ends it."""
    fields = TrackSerializer(track).data
    return json.dumps({name: fields[name] for name in fields if name != "price_micros"})[:-1]


class HeartbeatView(APIView):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY, KEY], request=HeartbeatRequest, responses=HEARTBEAT_ANSWERS
    )
    def post(self, request: Request, pk: str) -> Response:
        """Seconds of sound played since the last report; the first one holds the price."""
        asked = HeartbeatRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        played = asked.validated_data["played_seconds"]
        try:
            progress = streams.heartbeat(pk, user_of(request), played, timezone.now())
        except streams.QuoteExpired as error:
            return replaced(error)
        return Response(told(progress))


class StopView(APIView):
    # a page that is being closed can only send a form
    parser_classes = [
        ShallowJSONParser,
        parsers.FormParser,
        parsers.MultiPartParser,
    ]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY, KEY],
        request=None,
        responses={204: None, **documented(403, 404, 409, 422)},
    )
    def post(self, request: Request, pk: str) -> Response:
        """Stop. An uncounted play costs nothing."""
        streams.stop(pk, user_of(request), timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(get=extend_schema(responses={200: PlaySerializer, **documented(403)}))
class PlaysView(generics.ListAPIView[PaidPlay]):
    """Your paid plays, newest first."""

    serializer_class = PlaySerializer

    def get_queryset(self) -> Any:
        mine = PaidPlay.objects.filter(listener=user_of(self.request).party)
        return mine.select_related("terms").order_by("-counted_at", "-id")


def replaced(error: streams.QuoteExpired) -> Response:
    return Response(
        error.body() | {"quote": QuoteSerializer(error.replacement).data}, status=error.status
    )
