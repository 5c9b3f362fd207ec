"""Pages of the library: liked songs, playlists, artists, history, what is not for you."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.catalog.models import Track
from marketplace.discovery import opinions, weekly
from marketplace.discovery.beginning import beginning
from marketplace.discovery.mix_page import mix_rows
from marketplace.discovery.rows import rows
from marketplace.library import playlists
from marketplace.library.history import listens, streams_of
from marketplace.library.shelves import pages_of, shelf_of
from marketplace.problems import NotFound, Problem
from marketplace.users.access import user_of, visitor

PAGE_SIZE = 25
View = Callable[..., HttpResponse]


def answering_problems(view: View) -> View:
    """A Problem becomes one sentence with its status; what does not exist, the 404 page."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404(error.detail) from None
        except Problem as error:
            return render(request, "library/refused.html", {"error": error}, status=error.status)

    return guarded


@login_required
@require_safe
def liked(request: HttpRequest) -> HttpResponse:
    """Liked songs, the last one first, and the playlists above them."""
    user, at = user_of(request), timezone.now()
    page = Paginator(opinions.liked_by(user), PAGE_SIZE).get_page(request.GET.get("page"))
    gone = Track.objects.named().filter(likes__user=user, state=Track.State.WITHDRAWN)
    context = {
        "page": page,
        "rows": rows([like.track for like in page.object_list], user, at),
        "off_sale": gone.order_by("title", "pk"),
        "beginning": [] if page.object_list else beginning(user, at),
        "playlists": shelf_of(user),
        "pages": pages_of(request.path),
        "all_songs": all_songs(),
    }
    return render(request, "library/liked.html", context)


@login_required
@answering_problems
def playlists_page(request: HttpRequest) -> HttpResponse:
    """All playlists; POST makes one, and puts `track` into it if there is one."""
    user, at = user_of(request), timezone.now()
    if request.method == "POST":
        track = request.POST.get("track")
        found = get_object_or_404(Track.objects.published(), pk=_uuid(track)) if track else None
        playlist = playlists.create(user, request.POST.get("name", ""), at)
        if found:
            playlists.add(playlist, found, at)
        if request.headers.get("X-Quiet"):
            return HttpResponse(status=204)
        return redirect(playlist)
    context = {"playlists": shelf_of(user), "pages": pages_of(request.path)}
    return render(request, "library/playlists.html", context)


@login_required
@require_POST
@answering_problems
def keep_week(request: HttpRequest) -> HttpResponse:
    """The week's mix as a playlist; pressed twice, the same one."""
    user, at = user_of(request), timezone.now()
    songs = [row.id for row in mix_rows(user, at)]
    if not songs:
        raise NotFound("There is no mix for this week yet.")
    return redirect(playlists.keep(user, weekly.name_of(weekly.week_of(at)), songs, at))


@require_safe
@answering_problems
def playlist_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One's own list, to be arranged; or one that somebody shares, to be heard."""
    user = visitor(request)
    playlist = playlists.visible(pk, user)
    if playlist is None and user is None:
        return redirect_to_login(request.get_full_path())
    if playlist is None:
        raise NotFound("There is no such playlist, or it is not shared.")
    songs = playlists.songs(playlist)
    listed = rows([song for song in songs if song.is_on_sale], user, timezone.now())
    context = {
        "playlist": playlist,
        "rows": listed,
        "off_sale": [song for song in songs if not song.is_on_sale],
        "price_micros": sum(row.price_micros for row in listed if not row.free),
        "seconds": sum(row.duration_seconds for row in listed),
        "all_songs": all_songs(),
    }
    is_own = user is not None and playlist.user_id == user.pk
    return render(request, f"library/{'' if is_own else 'shared_'}playlist.html", context)


@login_required
@require_POST
@answering_problems
def share(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`shared` is 1, or 0 to end it."""
    playlist = playlists.find(user_of(request), pk)
    playlists.share(playlist, shared=request.POST.get("shared") == "1")
    return redirect(playlist)


@login_required
@require_POST
@answering_problems
def keep(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A shared list as a playlist of one's own; pressed twice, the same one."""
    user = user_of(request)
    theirs = playlists.visible(pk, user)
    if theirs is None:
        raise NotFound("There is no such playlist, or it is not shared.")
    return redirect(playlists.copy(theirs, user, timezone.now()))


@login_required
@require_POST
@answering_problems
def rename(request: HttpRequest, pk: UUID) -> HttpResponse:
    playlist = playlists.find(user_of(request), pk)
    playlists.rename(playlist, request.POST.get("name", ""), timezone.now())
    return redirect(playlist)


@login_required
@require_POST
@answering_problems
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    playlist = playlists.find(user_of(request), pk)
    playlist.delete()
    messages.success(request, f"“{playlist.name}” is deleted. Its songs are still here.")
    return redirect("library:playlists")


@login_required
@require_POST
@answering_problems
def add(request: HttpRequest, pk: UUID, track: UUID) -> HttpResponse:
    """204, or 200 with a sentence where the song stands there already."""
    playlist = playlists.find(user_of(request), pk)
    found = get_object_or_404(Track.objects.published(), pk=track)
    if playlists.add(playlist, found, timezone.now()):
        return HttpResponse(status=204)
    return HttpResponse(f"It is in “{playlist.name}” already.", content_type="text/plain")


@login_required
@require_POST
@answering_problems
def remove(request: HttpRequest, pk: UUID, track: UUID) -> HttpResponse:
    playlist = playlists.find(user_of(request), pk)
    playlists.remove(playlist, track, timezone.now())
    return redirect(playlist)


@login_required
@require_POST
@answering_problems
def move(request: HttpRequest, pk: UUID, track: UUID) -> HttpResponse:
    """`to` is the new place, counted from 0; the page has moved the row already."""
    playlist = playlists.find(user_of(request), pk)
    to = request.POST.get("to", "")
    if not to.isascii() or not to.isdigit() or len(to) > 4:
        raise Problem("A place in the list is a number from 0.")
    playlists.move(playlist, track, int(to), timezone.now())
    return HttpResponse(status=204)


@login_required
@require_safe
def pick(request: HttpRequest, track: UUID) -> HttpResponse:
    """The dialog that puts a song into a playlist (htmx)."""
    found = get_object_or_404(Track.objects.published(), pk=track)
    context = {"track": found, "playlists": shelf_of(user_of(request))}
    return render(request, "library/pick.html", context)


@login_required
@require_safe
def history_page(request: HttpRequest) -> HttpResponse:
    user = user_of(request)
    page = Paginator(streams_of(user), PAGE_SIZE).get_page(request.GET.get("page"))
    heard = listens(list(page.object_list))
    context = {
        "page": page,
        "listens": heard,
        "beginning": [] if heard else beginning(user, timezone.now()),
        "pages": pages_of(request.path),
        "all_songs": all_songs(),
    }
    return render(request, "library/history.html", context)


@login_required
@require_safe
def artists(request: HttpRequest) -> HttpResponse:
    """Whom you follow, and when each last brought something out."""
    found = opinions.followed_by(user_of(request))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "follows": opinions.with_songs(list(page.object_list)),
        "pages": pages_of(request.path),
        "all_songs": all_songs(),
    }
    return render(request, "library/artists.html", context)


@login_required
@require_safe
def disliked(request: HttpRequest) -> HttpResponse:
    """What feed and radio leave out for you; each can be taken back."""
    found = opinions.disliked_by(user_of(request))
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "dislikes": page.object_list, "pages": pages_of(request.path)}
    return render(request, "library/disliked.html", context)


def all_songs() -> dict[str, str]:
    """Where an empty list leads."""
    return {"label": "See all songs", "url": reverse("discovery:songs"), "icon": "disc-3"}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no such song.") from None
