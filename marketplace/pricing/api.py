"""API: quotes (201 with the price; 404 no such track, or another's quote), and what prices were
made of (404 no such hour, 410 no longer kept).
"""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.catalog.api import TrackSerializer
from marketplace.catalog.models import Track
from marketplace.catalog.on_sale import on_sale
from marketplace.fields import FieldsOnce
from marketplace.idempotency.once import PARAMETER as IDEMPOTENCY_KEY
from marketplace.pricing import inputs, quotes
from marketplace.pricing.models import EngineStep, Quote
from marketplace.problems import NotFound, documented
from marketplace.users.access import user_of


class QuoteSerializer(FieldsOnce, serializers.ModelSerializer[Quote]):
    """A price in micros, the same for every listener, valid until `expires_at`; 0 while the song's
    first plays are free.
    """

    track = TrackSerializer(read_only=True)

    class Meta:
        model = Quote
        fields = ("id", "track", "price_micros", "surface", "state", "issued_at", "expires_at")


class QuoteRequest(FieldsOnce, serializers.Serializer[Any]):
    track = serializers.UUIDField()
    surface = serializers.ChoiceField(choices=Quote.Surface.choices, default=Quote.Surface.PRESS)


class QuotesView(APIView):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=QuoteRequest,
        responses={201: QuoteSerializer, **documented(400, 403, 404, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Ask for the price of one play."""
        asked = QuoteRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        try:
            track = on_sale(wish["track"]).track
        except Track.DoesNotExist:
            raise NotFound("There is no such track.") from None
        quote = quotes.offer(track, user_of(request), wish["surface"], timezone.now())
        return Response(QuoteSerializer(quote).data, status=status.HTTP_201_CREATED)


class QuoteView(APIView):
    @extend_schema(responses={200: QuoteSerializer, **documented(403, 404)})
    def get(self, request: Request, pk: str) -> Response:
        """One of your own quotes."""
        return Response(QuoteSerializer(quotes.find(pk, user_of(request))).data)


class PriceHourSerializer(serializers.ModelSerializer[EngineStep]):
    """The prices set as an hour began, and the SHA-256 of what they were made of."""

    hour = serializers.IntegerField(help_text="hours since 1970-01-01T00:00Z")
    observations = serializers.IntegerField(help_text="answers of listeners it learned from")
    follows_sha256 = serializers.CharField(
        help_text="the step it went on from; empty for the first"
    )
    kept = serializers.BooleanField(help_text="whether its inputs can still be downloaded")

    class Meta:
        model = EngineStep
        fields = (
            "hour",
            "at",
            "formula",
            "observations",
            "accepted",
            "moved",
            "inputs_sha256",
            "follows_sha256",
            "kept",
        )


class PriceHoursView(generics.ListAPIView[EngineStep]):
    """Every step of the pricing engine, newest first; anybody may read it."""

    serializer_class = PriceHourSerializer
    permission_classes = [AllowAny]
    queryset = inputs.steps()


class PriceInputsView(APIView):
    permission_classes = [AllowAny]

    @extend_schema(
        responses={(200, "application/gzip"): OpenApiTypes.BINARY, **documented(404, 410)}
    )
    def get(self, request: Request, hour: int) -> HttpResponse:
        """What the prices of an hour were made of: sums by song, no listener.

        `python -m marketplace.pricing.engine.check` works them out again from this file.
        """
        response = HttpResponse(inputs.file_of(hour), content_type="application/gzip")
        response["Content-Disposition"] = f'attachment; filename="{inputs.file_name(hour)}"'
        return response
