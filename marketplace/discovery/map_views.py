"""The map of the catalogue by sound: its page, the points it is drawn from, and what lies on it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.discovery.map_page import cards, listed, shares, taste_of
from marketplace.discovery.sound_map import Region, SoundMap, sound_map
from marketplace.users.access import user_of, visitor

MOST_ASKED = 100
POINTS_SECONDS = 600  # withdrawn songs are told of by their cards alone for as long


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """`region` lists one region's songs, `song` shows where a song lies; `part` answers the list
    alone (htmx).
    """
    listener, chart = visitor(request), sound_map()
    if chart is None:
        return render(request, "discovery/map_awaited.html", {"all_songs": _all_songs()})
    region = _region(chart, request.GET.get("region", ""))
    taste = taste_of(listener, chart) if listener else None
    warm = taste is not None and bool(taste.weights)
    number = region.number if region else None
    context: dict[str, Any] = {
        "chart": chart,
        "region": region,
        "regions": shares(taste, chart) if taste and warm else [(one, 0) for one in chart.regions],
        "warm": warm,
        "focus": _number(chart, request.GET.get("song", "")),
        "on_map": sum(one.songs for one in chart.regions),
        "songs": listed(chart, number, request.GET.get("page"), taste, listener, timezone.now()),
        "page_query": f"region={number}&" if region else "",
    }
    template = "map_list" if request.GET.get("part") else "map"
    return render(request, f"discovery/{template}.html", context)


@require_safe
def map_points(request: HttpRequest) -> HttpResponse:
    """The points file, as `SoundMap` says; 404 before the first training."""
    chart = _chart()
    answer = HttpResponse(chart.points, content_type="application/octet-stream")
    # never another map's under this one's name, which may serve again
    is_asked = request.GET.get("v") == chart.name
    answer["Cache-Control"] = f"max-age={POINTS_SECONDS}" if is_asked else "no-store"
    return answer


@require_safe
def map_songs(request: HttpRequest) -> JsonResponse:
    """Some songs by number (`at`, with commas, at most a hundred) on the map named `v`; 409 where
    another map stands by now.
    """
    chart = _chart()
    if request.GET.get("v") != chart.name:
        return JsonResponse({"detail": "The map was drawn anew; load it again."}, status=409)
    asked = [int(n) for n in request.GET.get("at", "").split(",")[:MOST_ASKED] if _is_number(n)]
    known = [n for n in asked if n < len(chart.region_of)]
    return JsonResponse({"songs": cards(chart, known, visitor(request))})


@login_required
@require_safe
def map_taste(request: HttpRequest) -> JsonResponse:
    """The listener's own taste, by numbers on the map that stands now."""
    chart = _chart()
    return JsonResponse({"map": chart.name, **taste_of(user_of(request), chart).sent()})


def _chart() -> SoundMap:
    chart = sound_map()
    if chart is None:
        raise Http404("There is no map yet.")
    return chart


def _region(chart: SoundMap, asked: str) -> Region | None:
    return next((one for one in chart.regions if str(one.number) == asked), None)


def _number(chart: SoundMap, song: str) -> int | None:
    try:
        number = chart.number_of(UUID(song))
    except ValueError:
        return None
    return number if number is not None and chart.region_of[number] < 255 else None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 9


def _all_songs() -> dict[str, str]:
    return {"label": "See all songs", "url": reverse("discovery:songs"), "icon": "disc-3"}
