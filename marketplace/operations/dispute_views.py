"""Operators' page of disputed copies: both recordings to hear, and the decision."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.catalog import disputes, tasks
from marketplace.catalog.models import DISPUTED, Resemblance, Track
from marketplace.celery import ring
from marketplace.listening.audio import byte_range
from marketplace.media import files
from marketplace.media.away import StoreAway
from marketplace.operations import catalogue_deeds
from marketplace.problems import Problem
from marketplace.users.access import roles, user_of

PAGE = "operations:disputes"


class DecisionForm(forms.Form):
    answer = forms.CharField(
        max_length=200, strip=True, help_text="Whoever sent it and the log read it."
    )
    allowed = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda said: said == "yes"
    )


@roles("operator")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Disputes to be decided, the oldest first."""
    return render(request, "operations/disputes.html", {"disputes": disputes.waiting()})


@roles("operator")
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a disputed upload go on sale, or leave it refused."""
    dispute, form = get_object_or_404(Resemblance, pk=pk), DecisionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write one sentence for whoever sent it, at most 200 characters.")
        return redirect(PAGE)
    allowed = form.cleaned_data["allowed"]
    try:
        catalogue_deeds.decide(
            user_of(request), dispute, allowed, form.cleaned_data["answer"], timezone.now()
        )
    except Problem as error:
        messages.error(request, error.detail)
        return redirect(PAGE)
    if allowed:
        ring(tasks.analyse, str(dispute.upload_id))
    told = "is analysed again and goes on sale" if allowed else "stays refused"
    messages.success(request, f"{dispute.upload.title} {told}.")
    return redirect(PAGE)


@roles("operator")
@require_safe
def sound(request: HttpRequest, pk: int, which: str) -> HttpResponse:
    """The whole recording `which` of an undecided dispute: upload or original. 206 for a range."""
    dispute = get_object_or_404(Resemblance.objects.filter(**DISPUTED), pk=pk)
    tracks = {"upload": dispute.upload, "original": dispute.original}
    if which not in tracks or not tracks[which].sound:
        raise Http404
    return _ranged(request, tracks[which])


def _ranged(request: HttpRequest, track: Track) -> HttpResponse:
    size = track.stream_bytes or 0
    wanted = byte_range(request.headers.get("Range"), size)
    if wanted is None or wanted[0] >= size:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = wanted
    try:  # at most 20 minutes of 128 kbit/s
        sound = files.read(track.sound, first, last + 1 - first)
    except StoreAway as error:
        headers = error.headers() | {"Content-Type": "text/plain"}
        return HttpResponse(error.detail, status=error.status, headers=headers)
    response = HttpResponse(sound, content_type="audio/mpeg")
    if "Range" in request.headers:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = "private, no-store"
    return response
