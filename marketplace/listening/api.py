"""API of a player: open a stream, report what was heard, stop; and the plays one has paid for.

402 balance or monthly limit · 404 not yours · 409 the quote ran out (a new one is in the answer)
· 410 the stream has ended.
"""

import math
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.catalog.analysis import Kind
from marketplace.catalog.renditions import Quality, wanted
from marketplace.fields import FieldsOnce
from marketplace.idempotency.once import PARAMETER as IDEMPOTENCY_KEY
from marketplace.listening import streams
from marketplace.listening.audio import audio_url
from marketplace.listening.earned import Earned, NoUnits
from marketplace.listening.models import Stream
from marketplace.parsers import ShallowJSONParser
from marketplace.pricing.api import QuoteSerializer
from marketplace.problems import ProblemSerializer, documented
from marketplace.users.access import user_of
from marketplace.users.models import User
from marketplace.wallet.standing import standing
from royalties.models import PaidPlay

HEARTBEAT_SECONDS = 5


class StreamRequest(FieldsOnce, serializers.Serializer[Any]):
    quote = serializers.UUIDField()
    # what the player can play beside MP3, and how much data it may cost
    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=["mp3", "opus"]), default=["mp3"], max_length=2
    )
    quality = serializers.ChoiceField(choices=list(Quality), default=Quality.LESS_DATA)


class StreamSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    audio_url = serializers.CharField()
    rendition = serializers.ChoiceField(choices=list(Kind))
    price_micros = serializers.IntegerField()
    counting_seconds = serializers.FloatField()
    head_seconds = serializers.FloatField()
    duration_seconds = serializers.FloatField()
    heartbeat_seconds = serializers.IntegerField()


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


def opened(stream: Stream) -> dict[str, Any]:
    track = stream.quote.track
    return {
        "id": str(stream.pk),
        "audio_url": audio_url(stream),
        "rendition": stream.rendition.kind if stream.rendition else Kind.MP3_128.value,
        "price_micros": stream.quote.price_micros,
        "counting_seconds": track.counting_seconds,
        "head_seconds": track.head_seconds,
        "duration_seconds": track.duration_seconds,
        "heartbeat_seconds": HEARTBEAT_SECONDS,
    }


def told(progress: streams.Progress, listener: User) -> dict[str, Any]:
    money = standing(listener, timezone.now())
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
    def post(self, request: Request) -> Response:
        """Open a stream for a quote. Nothing is held until the first heartbeat."""
        asked = StreamRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        try:
            wish = asked.validated_data
            kind = wanted(wish["formats"], wish["quality"])
            stream = streams.start(wish["quote"], user_of(request), timezone.now(), kind)
        except streams.QuoteExpired as error:
            return replaced(error)
        sounding = Stream.sounding(stream.pk)
        assert sounding is not None
        return Response(opened(sounding), status=status.HTTP_201_CREATED)


class HeartbeatView(APIView):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY], request=HeartbeatRequest, responses=HEARTBEAT_ANSWERS
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
        return Response(told(progress, user_of(request)))


class StopView(APIView):
    # a page that is being closed can only send a form
    parser_classes = [
        ShallowJSONParser,
        parsers.FormParser,
        parsers.MultiPartParser,
    ]

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
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
