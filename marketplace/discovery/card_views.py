"""The public card of the model that ranks: a page, and the same as Markdown and JSON."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.discovery import versions
from marketplace.discovery.models import ModelVersion
from recommender import cards


@require_safe
def model(request: HttpRequest) -> HttpResponse:
    """Of the model that answers now, or of the one named by `of`."""
    if not _named(request):
        serving = versions.serving()
        if serving is None or serving.card is None:
            return render(request, "discovery/no_model.html", {"row": serving})
    row = _row(request)
    return render(request, "discovery/model.html", {"row": row, "card": _card(row)})


@require_safe
def markdown(request: HttpRequest) -> HttpResponse:
    text = cards.markdown(_card(_row(request)))
    return HttpResponse(text, content_type="text/markdown; charset=utf-8")


@require_safe
def document(request: HttpRequest) -> HttpResponse:
    return JsonResponse(_card(_row(request)), json_dumps_params={"indent": 1})


def _row(request: HttpRequest) -> ModelVersion:
    """404 for a version that there never was, or that has no card."""
    name = _named(request)
    row = ModelVersion.objects.filter(name=name).first() if name else versions.serving()
    if row is None or row.card is None:
        raise Http404("No such model was trained here, or it was before cards were written.")
    return row


def _named(request: HttpRequest) -> str:
    return request.GET.get("of", "").replace("\0", "\ufffd")  # PostgreSQL is asked for no NUL


def _card(row: ModelVersion) -> dict[str, Any]:
    return dict(row.card or {})
