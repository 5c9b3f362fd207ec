"""What a song is called and an artist's page says: changed by their own people and operators, who
see each change.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.catalog import correcting, presenting, withdrawing
from marketplace.catalog.details_form import DetailsForm
from marketplace.catalog.models import Artist, Correction, Track
from marketplace.catalog.naming_artists import NameRefused
from marketplace.catalog.presentation_form import PresentationForm
from marketplace.media.away import StoreAway
from marketplace.operations import catalogue_deeds
from marketplace.problems import Conflict, Problem, refused
from marketplace.users.access import roles, user_of
from marketplace.users.models import User

PAGE_SIZE = 50
SHOWN = 20


@login_required
def details(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Correct a song; 403 for others, 422 with a sentence beside what is wrong, 409, 429, 503."""
    user = user_of(request)
    track = get_object_or_404(Track.objects.sold().select_related("terms"), pk=pk)
    if not withdrawing.may(track, user):
        raise PermissionDenied("Only whoever published a song, or an operator, corrects it.")
    form = DetailsForm(track, str(user.pk), request.POST or None, request.FILES or None)
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            made = _correct(user, track, form.details(), timezone.now())
        except Problem as error:
            form.add_error("cover" if isinstance(error, StoreAway) else None, error.detail)
            status = error.status
            if isinstance(error, Conflict):
                track.refresh_from_db(fields=["revision"])
                form.go_on_from(track.revision)
        else:
            messages.success(request, "It is changed." if made else "Nothing was different.")
            return redirect(track)
    context = {"track": track, "form": form, "corrections": _last(track)}
    response = render(request, "operations/details.html", context)
    return refused(response, form.wait_seconds, status) if form.is_bound else response


@login_required
def artist_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say who the artist is; 403 for others, 422 with a sentence beside what is wrong, 409, 429,
    503.
    """
    user, artist = user_of(request), get_object_or_404(Artist, pk=pk)
    if not presenting.may(artist, user):
        raise PermissionDenied("Only the artist, or an operator, changes this page.")
    form = PresentationForm(artist, str(user.pk), request.POST or None, request.FILES or None)
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            made = _present(user, artist, form.presentation(), timezone.now())
        except Problem as error:
            form.add_error(_beside(error), error.detail)
            status = error.status
            if isinstance(error, Conflict):
                artist.refresh_from_db(fields=["revision"])
                form.go_on_from(artist.revision)
        else:
            messages.success(request, "It is changed." if made else "Nothing was different.")
            return redirect(artist)
    last = artist.corrections.select_related("by").order_by("-at", "-pk")[:SHOWN]
    context = {"artist": artist, "form": form, "corrections": last}
    response = render(request, "operations/artist_page.html", context)
    return refused(response, form.wait_seconds, status) if form.is_bound else response


@roles("operator")
@require_safe
def corrections(request: HttpRequest) -> HttpResponse:
    """Every change of a song's words or cover and of artists' pages, the newest first."""
    found = Correction.objects.select_related("by", "artist", "track__artist")
    found = found.order_by("-at", "-pk")
    found = found.defer("track__peaks", "track__features", "track__draft")
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "operations/corrections.html", {"page": page})


def _correct(user: User, track: Track, new: correcting.Details, at: datetime) -> Correction | None:
    """An operator's is in the log as well."""
    if user.role == User.Role.OPERATOR:
        return catalogue_deeds.correct_song(user, track, new, at)
    return correcting.correct(track, new, user, at)


def _present(
    user: User, artist: Artist, new: presenting.Presentation, at: datetime
) -> Correction | None:
    """The same of an artist's page."""
    if user.role == User.Role.OPERATOR:
        return catalogue_deeds.present(user, artist, new, at)
    return presenting.present(artist, new, user, at)


def _beside(error: Problem) -> str | None:
    """The field of an artist's page that is at fault."""
    if isinstance(error, NameRefused):
        return "name"
    return "picture" if isinstance(error, StoreAway) else None


def _last(track: Track) -> list[Correction]:
    return list(track.corrections.select_related("by").order_by("-at", "-pk")[:SHOWN])
