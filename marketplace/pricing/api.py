"""API: quotes. 201 with the price; 404 no such track, or another's quote."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.catalog.api import TrackSerializer
from marketplace.catalog.models import Track
from marketplace.pricing import quotes
from marketplace.pricing.models import Quote
from marketplace.problems import NotFound, documented
from marketplace.users.access import user_of


class QuoteSerializer(serializers.ModelSerializer[Quote]):
    """A price in micros, the same for every listener, valid until `expires_at`."""

    track = TrackSerializer(read_only=True)

    class Meta:
        model = Quote
        fields = ("id", "track", "price_micros", "surface", "state", "issued_at", "expires_at")


class QuoteRequest(serializers.Serializer[Any]):
    track = serializers.UUIDField()
    surface = serializers.ChoiceField(choices=Quote.Surface.choices, default=Quote.Surface.PRESS)


class QuotesView(APIView):
    @extend_schema(
        request=QuoteRequest, responses={201: QuoteSerializer, **documented(400, 403, 404)}
    )
    def post(self, request: Request) -> Response:
        """Ask for the price of one play."""
        asked = QuoteRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        track = Track.objects.published().filter(pk=asked.validated_data["track"]).first()
        if track is None:
            raise NotFound("There is no such track.")
        quote = quotes.offer(
            track, user_of(request), asked.validated_data["surface"], timezone.now()
        )
        return Response(QuoteSerializer(quote).data, status=status.HTTP_201_CREATED)


class QuoteView(APIView):
    @extend_schema(responses={200: QuoteSerializer, **documented(403, 404)})
    def get(self, request: Request, pk: str) -> Response:
        """One of your own quotes."""
        return Response(QuoteSerializer(quotes.find(pk, user_of(request))).data)
