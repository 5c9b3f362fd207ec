"""API: balance, limit, top-ups."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.problems import documented
from marketplace.users.access import user_of
from marketplace.users.models import User
from marketplace.wallet import limits, topups
from royalties import purses


class WalletSerializer(serializers.Serializer[Any]):
    available_micros = serializers.IntegerField()
    monthly_cap_micros = serializers.IntegerField(allow_null=True)
    spent_today_micros = serializers.IntegerField()
    spent_this_month_micros = serializers.IntegerField()


class TopUpRequest(serializers.Serializer[Any]):
    micros = serializers.IntegerField(min_value=1)
    key = serializers.CharField(
        max_length=64, help_text="repeat it to try again without paying twice"
    )
    monthly_cap_micros = serializers.IntegerField(min_value=0, required=False)


def wallet_of(user: User) -> dict[str, int | None]:
    at = timezone.now()
    return {
        "available_micros": purses.available(user.party),
        "monthly_cap_micros": limits.cap_of(user),
        "spent_today_micros": limits.spent_today(user, at),
        "spent_this_month_micros": limits.spent_this_month(user, at),
    }


class WalletView(APIView):
    @extend_schema(responses={200: WalletSerializer, **documented(403)})
    def get(self, request: Request) -> Response:
        """What you have, may spend and have spent."""
        return Response(wallet_of(user_of(request)))


class TopUpsView(APIView):
    @extend_schema(
        request=TopUpRequest, responses={201: WalletSerializer, **documented(400, 403, 409)}
    )
    def post(self, request: Request) -> Response:
        """Add money, once for each key. The first time, give the monthly limit too."""
        asked = TopUpRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        topups.top_up(user_of(request), at=timezone.now(), **asked.validated_data)
        return Response(wallet_of(user_of(request)), status=status.HTTP_201_CREATED)
