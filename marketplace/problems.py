"""Errors a person or a client can do something about: status, code, one sentence, one action.

Subject modules raise a Problem; the API answers it as JSON, pages show its sentence.
"""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Problem(Exception):
    """One clear error. `action` is (label, address) of the way out, `extra` goes into the JSON."""

    status = 400
    code = "invalid"
    wait_seconds = 0  # until it may be asked for again

    def __init__(self, detail: str, *, action: tuple[str, str] | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.action = action
        self.extra = extra

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"code": self.code, "detail": self.detail, **self.extra}
        if self.action is not None:
            body["action"] = {"label": self.action[0], "url": self.action[1]}
        return body

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.wait_seconds)} if self.wait_seconds else {}


class NotFound(Problem):
    status = 404
    code = "not_found"


class PaymentRequired(Problem):
    """402: `code` says whether the balance or the monthly limit is in the way."""

    status = 402

    def __init__(self, code: str, detail: str, action: tuple[str, str]) -> None:
        super().__init__(detail, action=action)
        self.code = code


class Forbidden(Problem):
    status = 403
    code = "forbidden"


class Conflict(Problem):
    status = 409
    code = "conflict"


class Gone(Problem):
    status = 410
    code = "ended"


class TooMany(Problem):
    """429: `wait_seconds` until it may be tried again."""

    status = 429
    code = "too_many"

    def __init__(self, detail: str, wait_seconds: int) -> None:
        super().__init__(detail, wait_seconds=wait_seconds)
        self.wait_seconds = wait_seconds


def refused(response: HttpResponse, wait_seconds: int = 0, status: int = 422) -> HttpResponse:
    """A page with a form that was not taken: 422 or another, or 429 with how long to wait."""
    response.status_code = 429 if wait_seconds else status
    if wait_seconds:
        response.headers["Retry-After"] = str(wait_seconds)
    return response


class ActionSerializer(serializers.Serializer[Any]):
    """The way out: a link and its words."""

    label = serializers.CharField()  # type: ignore[assignment]
    url = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """Every answer from 400 on. `fields`: what is wrong with each, where fields were sent."""

    code = serializers.CharField()
    detail = serializers.CharField(help_text="one sentence for a person")
    action = ActionSerializer(required=False)
    fields = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False
    )


def documented(*statuses: int) -> dict[int, type[ProblemSerializer]]:
    """For `extend_schema(responses=...)`: the statuses that a view answers with a problem."""
    return dict.fromkeys(statuses, ProblemSerializer)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """The API's exception handler: whatever was raised leaves in a problem's shape."""
    if isinstance(error, Problem):
        return Response(error.body(), status=error.status, headers=error.headers())
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, serializers.ValidationError):
        response.data = _invalid(response.data)
    else:
        response.data["code"] = getattr(response.data["detail"], "code", "invalid")
    return response


def _invalid(data: Any) -> dict[str, Any]:
    """The first complaint as the sentence, all of them by field."""
    fields = data if isinstance(data, dict) else {"non_field_errors": data}
    name, said = next(iter(fields.items()))
    whole = name in ("non_field_errors", "__all__")
    sentence = str(said[0]) if whole else f"{name}: {said[0]}"
    return {"code": "invalid", "detail": sentence, "fields": fields}
