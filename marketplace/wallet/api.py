"""API: balance, limit, top-ups."""

from hashlib import sha256
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.idempotency.once import HEADER, key_of
from marketplace.idempotency.once import PARAMETER as IDEMPOTENCY_KEY
from marketplace.problems import documented
from marketplace.users.access import user_of
from marketplace.users.models import User
from marketplace.wallet import topups
from marketplace.wallet.standing import standing


class WalletSerializer(serializers.Serializer[Any]):
    available_micros = serializers.IntegerField()
    monthly_cap_micros = serializers.IntegerField(allow_null=True)
    spent_today_micros = serializers.IntegerField()
    spent_this_month_micros = serializers.IntegerField()


class TopUpRequest(serializers.Serializer[Any]):
    micros = serializers.IntegerField(min_value=1)
    key = serializers.CharField(
        max_length=64,
        required=False,
        help_text="names the top-up in the ledger: there is one for each key, for good;"
        f" left out, it follows from the {HEADER}",
    )
    monthly_cap_micros = serializers.IntegerField(min_value=0, required=False)


def wallet_of(user: User) -> dict[str, int | None]:
    money = standing(user, timezone.now())
    return {
        "available_micros": money.available_micros,
        "monthly_cap_micros": money.cap_micros,
        "spent_today_micros": money.spent_today_micros,
        "spent_this_month_micros": money.spent_month_micros,
    }


class WalletView(APIView):
    @extend_schema(responses={200: WalletSerializer, **documented(403)})
    def get(self, request: Request) -> Response:
        """What you have, may spend and have spent."""
        return Response(wallet_of(user_of(request)))


class TopUpsView(APIView):
    @extend_schema(
        parameters=[IDEMPOTENCY_KEY],
        request=TopUpRequest,
        responses={201: WalletSerializer, **documented(400, 403, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Add money, once for each key. The first time, give the monthly limit too."""
        asked = TopUpRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        wish = asked.validated_data
        if "key" not in wish:
            wish["key"] = _key_from(request)
        topups.top_up(user_of(request), at=timezone.now(), **wish)
        return Response(wallet_of(user_of(request)), status=status.HTTP_201_CREATED)


def _key_from(request: Request) -> str:
    """The ledger's key where the header alone names the write."""
    if HEADER in request.headers:
        return sha256(key_of(request).encode()).hexdigest()
    raise serializers.ValidationError(
        {"key": [f"Name this top-up by a key, or send an {HEADER} header."]}
    )
