"""Pages: a track with its price and who earns what, an artist, an album, covers, uploads."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.catalog import covers, disputes, drawn, withdrawing
from marketplace.catalog.album_page import album_page
from marketplace.catalog.artist_page import artist_page
from marketplace.catalog.disputes import DisputeForm
from marketplace.catalog.forms import TermsForm, UploadForm
from marketplace.catalog.models import Artist, Track
from marketplace.catalog.on_sale import on_sale
from marketplace.catalog.song_now import song_now
from marketplace.catalog.track_page import keys_of, track_page
from marketplace.catalog.upload_page import preview_of, typed_before, upload_context, waited
from marketplace.catalog.uploads import ensure_artist, upload
from marketplace.kept import together
from marketplace.media import files
from marketplace.media.away import StoreAway
from marketplace.problems import NotFound, Problem, TooMany, refused
from marketplace.users.access import roles, user_of, visitor
from marketplace.users.models import User

PICTURE_BYTES = 4_000_000  # more than any has
PUBLISHERS = (User.Role.ARTIST, User.Role.LABEL)


@require_safe
def track(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Opening it asks for a quote: the price shown holds for ten minutes."""
    listener, at = visitor(request), timezone.now()
    now = song_now(pk, listener)
    if now is None:
        return _off_sale(request, pk, listener)
    with together(*keys_of(pk, now, listener, at)):
        song = on_sale(pk, now.revision)
        with track_page(now, song, listener, at) as context:
            return render(request, "catalog/track.html", context)


def _off_sale(request: HttpRequest, pk: UUID, listener: User | None) -> HttpResponse:
    """410: what stands in the place of a song that was taken off sale; 404 where none ever was."""
    named = Track.objects.named().select_related("terms")
    found = get_object_or_404(named, pk=pk, state=Track.State.WITHDRAWN)
    context = {
        "track": found,
        "off": withdrawing.of(found),
        "yours": withdrawing.plays_of(found, listener),
        "may_decide": listener and withdrawing.may(found, listener),
    }
    return render(request, "catalog/off_sale.html", context, status=410)


@require_safe
def artist(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Artist, pk=pk)
    context = artist_page(found, visitor(request), request.GET.dict(), timezone.now())
    return render(request, "catalog/artist.html", context)


@require_safe
def album(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Songs of an artist that `name` one album; 404 where none on sale does."""
    artist, name = get_object_or_404(Artist, pk=pk), request.GET.get("name", "").replace("\0", "")
    asked, at = request.GET.get("page"), timezone.now()
    try:
        context = album_page(artist, name, visitor(request), asked, at)
    except NotFound as error:
        raise Http404(error.detail) from error
    return render(request, "catalog/album.html", context)


@require_safe
def cover(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The picture that was sent with the track, or one drawn from its name."""
    found = get_object_or_404(Track, pk=pk)
    try:
        picture = files.read(found.cover, 0, PICTURE_BYTES) if found.cover else drawn.cover(found)
    except StoreAway as error:
        return _away(error)
    if found.cover_format == covers.SENT:
        return _shown(HttpResponse(picture, content_type="image/webp"))
    response = HttpResponse(picture, content_type="image/svg+xml")
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return _shown(response)


@require_safe
def artist_picture(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The picture that the artist sent; 404 where there is none."""
    found = get_object_or_404(Artist.objects.exclude(picture=""), pk=pk)
    try:
        picture = files.read(found.picture, 0, PICTURE_BYTES)
    except StoreAway as error:
        return _away(error)
    return _shown(HttpResponse(picture, content_type="image/webp"))


def _shown(picture: HttpResponse) -> HttpResponse:
    """To be kept for an hour: another picture has another address."""
    picture["Cache-Control"] = "public, max-age=3600"
    return picture


def _away(error: StoreAway) -> HttpResponse:
    headers = error.headers() | {"Content-Type": "text/plain"}
    return HttpResponse(error.detail, status=error.status, headers=headers)


@roles(*PUBLISHERS)
def upload_page(request: HttpRequest) -> HttpResponse:
    """A recording, its name and its terms; 422 with a sentence beside what is wrong; 429, 503."""
    user, at = user_of(request), timezone.now()
    ensure_artist(user, at)
    form, wait_seconds = UploadForm(user, request.POST or None, request.FILES or None), 0
    status = 422
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("catalog:uploaded", upload(form, user, at).pk)
        except Problem as error:
            form.add_error("cover" if error.code == "cover" else "audio", error.detail)
            wait_seconds = error.wait_seconds if isinstance(error, TooMany) else 0
            status = error.status if isinstance(error, StoreAway) else status
    context = upload_context(form, request.POST) | {"form": form, "recent": _recent(user)}
    # htmx keeps what was chosen (hx-preserve); a page loaded anew can't
    context["choose_again"] = bool(request.FILES) and "HX-Request" not in request.headers
    response = render(request, "catalog/upload.html", context)
    return refused(response, wait_seconds, status) if request.method == "POST" else response


@roles(*PUBLISHERS)
@require_safe
def upload_again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form as it was sent with a recording that its analysis refused."""
    user = user_of(request)
    refused = get_object_or_404(Track, pk=pk, uploaded_by=user)
    if refused.state != Track.State.FAILED:
        return redirect("catalog:uploaded", pk)
    sent = typed_before(refused)
    terms = TermsForm(user, sent)
    terms.is_valid()
    context = upload_context(terms, sent) | {
        "form": UploadForm(user, initial=sent.dict()),
        "recent": _recent(user),
        "choose_again": True,
    }
    return render(request, "catalog/upload.html", context)


@roles(*PUBLISHERS)
@require_POST
def upload_preview(request: HttpRequest) -> HttpResponse:
    """What one play would pay each, while the form is being filled in (htmx)."""
    form = TermsForm(user_of(request), request.POST)
    form.is_valid()
    return render(request, "catalog/upload_preview.html", preview_of(form) | {"form": form})


@login_required
def uploaded(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far an upload has come; polls itself until it is published or refused (htmx)."""
    return _uploaded(request, pk, DisputeForm())


@login_required
@require_POST
def dispute(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Say why a refused copy may be published; 422 with a sentence beside what is missing."""
    upload = get_object_or_404(Track, pk=pk, uploaded_by=user_of(request))
    form = DisputeForm(request.POST)
    if not form.is_valid():
        return refused(_uploaded(request, pk, form))
    try:
        disputes.state(upload, form.cleaned_data["statement"], timezone.now())
    except Problem as error:
        messages.error(request, error.detail)
    return redirect("catalog:uploaded", pk)


def _uploaded(request: HttpRequest, pk: UUID, form: DisputeForm) -> HttpResponse:
    mine = Track.objects.select_related(
        "price", "artist", "free_plays", "resemblance__original__artist"
    )
    found = get_object_or_404(mine, pk=pk, uploaded_by=user_of(request))
    template = "catalog/upload_state.html" if request.GET.get("part") else "catalog/uploaded.html"
    context = {"track": found, "waited": waited(found, timezone.now()), "form": form}
    return render(request, template, context)


def _recent(user: User) -> list[Track]:
    mine = Track.objects.filter(uploaded_by=user).select_related("resemblance")
    return list(mine.order_by("-created_at")[:10])
