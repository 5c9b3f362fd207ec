"""Pages: home with its reasons, all songs and search, liking."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from marketplace.catalog import search, withdrawing
from marketplace.catalog.models import Artist, Track
from marketplace.discovery import impressions, opinions
from marketplace.discovery.choosing import asked_of
from marketplace.discovery.feed import feed
from marketplace.discovery.landing import landing, now
from marketplace.discovery.mix_page import band, mix_page
from marketplace.discovery.models import Leaning
from marketplace.discovery.ranking import FEED_LENGTH
from marketplace.discovery.searching import instant
from marketplace.discovery.shelves import shelves
from marketplace.discovery.similar import similar_rows
from marketplace.discovery.songs_page import songs_page
from marketplace.discovery.tasted import tasted
from marketplace.discovery.today import KINDS, chips, fresh_songs, shelf, today
from marketplace.kept import Part, kept
from marketplace.users.access import user_of, visitor
from marketplace.users.models import User
from marketplace.wallet.standing import standing
from royalties.earning import next_plays_earn

HOME_LENGTH = 9  # the featured song and eight rows; shelves follow


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Visitors see what Refrain is, with live songs; listeners their feed and their day."""
    listener, at = visitor(request), timezone.now()
    if listener is None:
        page = Part(f"landing:{withdrawing.changed()}", partial(landing, at))
        return render(request, "discovery/landing.html", {"page": page})
    if request.GET.get("part") == "today":
        mine = {"purse": standing(listener, at), **today(listener, at)}
        return render(request, "discovery/your_day.html", mine)
    asked = request.GET.get("by", "all")
    kind = asked if asked in {name for name, _, _ in KINDS} else "all"
    money = standing(listener, at)
    key = f"home:{listener.pk}:{kind}:{money.key}:{opinions.changed(listener)}"
    key += f":{withdrawing.changed()}"
    page = Part(key, partial(_home, listener, at, kind))
    return render(request, "discovery/home.html", {"page": page, "purse": money})


def _home(listener: User, at: datetime, kind: str) -> dict[str, Any]:
    found = feed(listener, at, kind, HOME_LENGTH if kind == "all" else FEED_LENGTH)
    impressions.note(listener, kind, found.draw, at)
    taste = tasted(listener)
    more = shelves(listener, at, [row.id for row in found.ranked], taste)
    shown = {row.id for row in found.ranked} | {row.id for one in more for row, _ in one.entries}
    fresh = fresh_songs(found, shown)
    asked = [*fresh, *found.ranked[:1]]
    prices = {row.terms_id: 0 if row.free else row.price_micros for row in asked}
    earns = next_plays_earn(prices, listener.party, at, _artists_of(listener))
    return {
        "feed": found,
        "listed": found.ranked,
        "week": band(listener, taste, at),
        "shelves": more,
        "by": kind,
        "chips": chips(kind),
        "shelf": shelf(fresh, earns),
        "next_earns": earns[found.feature.terms_id] if found.feature else 0,
        "all_songs": all_songs(),
        **today(listener, at),
    }


def _artists_of(listener: User) -> list[UUID]:
    """Parties of the artists a login has been given: their songs are its own."""
    if listener.role == User.Role.LISTENER:
        return []
    return list(listener.artists.values_list("party", flat=True))


@login_required
@require_safe
def mix(request: HttpRequest) -> HttpResponse:
    """The week's songs, the same until Sunday, each with its reason."""
    return render(request, "discovery/mix.html", mix_page(user_of(request), timezone.now()))


@require_safe
def now_part(request: HttpRequest) -> HttpResponse:
    """The landing page's live figures, for as long as it is looked at (htmx)."""
    at = timezone.now()
    return render(
        request,
        "discovery/landing_now.html",
        kept(f"landing:now:{withdrawing.changed()}", partial(now, at)),
    )


@require_safe
def similar(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is like a song: the end of its page (htmx, once one is there), or a page of its own."""
    named = Track.objects.only("title", "artist")
    track = get_object_or_404(named, pk=pk, state=Track.State.PUBLISHED)
    found = similar_rows(track, visitor(request), timezone.now())
    template = "similar" if request.GET.get("part") else "similar_page"
    return render(request, f"discovery/{template}.html", {"track": track, "similar": found})


@require_safe
def songs(request: HttpRequest) -> HttpResponse:
    """Every published track, newest first; the address orders, filters and searches.

    A form sends what was left empty as well: that leads to the address without it.
    """
    listener, at = visitor(request), timezone.now()
    asked = asked_of(request.GET.dict(), listener is not None)
    if "" in request.GET.values():
        return redirect(f"{reverse('discovery:songs')}?{asked.address}".rstrip("?"))
    context = songs_page(asked, listener, request.GET.get("page"), at)
    return render(request, "discovery/songs.html", context | {"all_songs": all_songs()})


@require_safe
def instant_search(request: HttpRequest) -> HttpResponse:
    """What the top bar lists while one types (htmx); opened as a page, the songs found."""
    query = search.clean(request.GET.get("q", ""))
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('discovery:songs')}?{urlencode({'q': query})}")
    user = visitor(request)
    groups = instant(query, user.pk if user else None)
    return render(request, "discovery/search.html", {"groups": groups, "query": query})


@login_required
@require_POST
def like(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Like, or no longer, as `liked` (true or false) wishes, else the other than now; answers the
    button (htmx), or the player and a row's menu with 204."""
    track, user = get_object_or_404(Track.objects.published(), pk=pk), user_of(request)
    wish = request.POST.get("liked")
    liked = wish == "true" if wish else not opinions.likes(user, track)
    if liked:
        opinions.like(user, track, timezone.now())
    else:
        opinions.forget(user, track)
    if request.headers.get("X-Quiet"):
        return HttpResponse(status=204)
    if not request.headers.get("HX-Request"):
        return redirect(track)
    return render(request, "discovery/like.html", {"track_id": pk, "liked": liked})


@login_required
@require_safe
def liked(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Whether one likes a song: the player asks when it comes on."""
    track = get_object_or_404(Track.objects.published(), pk=pk)
    return JsonResponse({"liked": opinions.likes(user_of(request), track)})


@login_required
@require_POST
def follow(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Follow an artist, or no longer; answers the button (htmx), or the library's list."""
    artist, user = get_object_or_404(Artist, pk=pk), user_of(request)
    follows = not opinions.follows(user, artist)
    if follows:
        opinions.follow(user, artist, timezone.now())
    else:
        opinions.unfollow(user, artist)
    if request.POST.get("from") == "library":
        return redirect("library:artists")
    if not request.headers.get("HX-Request"):
        return redirect(artist)
    return render(request, "discovery/follow.html", {"artist": artist, "follows": follows})


@login_required
@require_POST
def dislike(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Not for me, with `less` nor what is like it; `undo` takes it back.

    204 for the player, else back to the list of them.
    """
    track, user = get_object_or_404(Track.objects.sold(), pk=pk), user_of(request)
    if request.POST.get("undo"):
        opinions.forget(user, track)
    else:
        opinions.dislike(user, track, timezone.now(), less=bool(request.POST.get("less")))
    if request.headers.get("X-Quiet"):
        return HttpResponse(status=204)
    return redirect("library:disliked")


@login_required
@require_POST
def lean(request: HttpRequest) -> HttpResponse:
    """How far the feed leans to surprise, in `steps`; leads back to it."""
    allowed = {str(steps) for steps in range(-Leaning.MOST, Leaning.MOST + 1)}
    steps = request.POST.get("steps", "")
    if steps not in allowed:
        raise BadRequest(f"Choose a step from -{Leaning.MOST} to {Leaning.MOST}.")
    opinions.lean(user_of(request), int(steps), timezone.now())
    kind = request.POST.get("by", "all")
    return redirect("/" if kind not in {name for name, _, _ in KINDS[1:]} else f"/?by={kind}")


def all_songs() -> dict[str, str]:
    """The one next step from an empty list."""
    return {"label": "See all songs", "url": reverse("discovery:songs"), "icon": "disc-3"}
