"""API of artists and importers: payouts, uploads."""

from dataclasses import asdict
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.catalog.forms import UploadForm
from marketplace.catalog.models import Track
from marketplace.catalog.uploads import ensure_artist, upload
from marketplace.idempotency.once import PARAMETER as IDEMPOTENCY_KEY
from marketplace.problems import Forbidden, documented
from marketplace.studio import payouts
from marketplace.users.access import user_of
from marketplace.users.models import User


class PayoutsSerializer(serializers.Serializer[Any]):
    """Micros at each station of the way."""

    counting = serializers.IntegerField()
    accrued = serializers.IntegerField()
    published = serializers.IntegerField()
    settled = serializers.IntegerField()
    spendable = serializers.IntegerField()
    withdrawn = serializers.IntegerField()


class UploadSerializer(serializers.ModelSerializer[Track]):
    class Meta:
        model = Track
        fields = ("id", "title", "state", "failure")


class PayoutsView(APIView):
    @extend_schema(responses={200: PayoutsSerializer, **documented(403)})
    def get(self, request: Request) -> Response:
        """Where your money is."""
        return Response(PayoutsSerializer(asdict(payouts.totals(user_of(request)))).data)


class UploadsView(APIView):
    parser_classes = [parsers.MultiPartParser]

    @extend_schema(responses={200: UploadSerializer(many=True), **documented(403)})
    def get(self, request: Request) -> Response:
        """Your uploads and how far each has come, newest first."""
        mine = Track.objects.filter(uploaded_by=user_of(request)).order_by("-created_at")[:100]
        return Response(UploadSerializer(mine, many=True).data)

    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request={"multipart/form-data": OpenApiTypes.OBJECT},
        responses={201: UploadSerializer, **documented(400, 403, 409, 422, 503)},
    )
    def post(self, request: Request) -> Response:
        """Upload a recording with its terms: the fields of the upload form. 403 for listeners."""
        if user_of(request).role not in (User.Role.ARTIST, User.Role.LABEL):
            raise Forbidden("Only artists and labels publish; your account is for listening.")
        ensure_artist(user_of(request), timezone.now())
        form = UploadForm(user_of(request), request.data, request.FILES)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(one) for one in said] for name, said in form.errors.items()}
            )
        track = upload(form, user_of(request), timezone.now())
        return Response(UploadSerializer(track).data, status=status.HTTP_201_CREATED)
