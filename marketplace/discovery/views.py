"""Pages: home with its reasons, all songs and search, liking."""

from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace.catalog import search
from marketplace.catalog.models import Track
from marketplace.discovery.feed import feed
from marketplace.discovery.models import Like
from marketplace.discovery.rows import rows
from marketplace.users.access import user_of, visitor
from marketplace.users.models import User
from marketplace.wallet.limits import day_start
from marketplace.wallet.receipts import receipt_lines
from royalties import statements
from royalties.models import PaidPlay

PAGE_SIZE = 50
KINDS = ("all", "sound", "taste")


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Visitors see what Refrain is, with live songs; listeners their feed and their day."""
    listener, at = visitor(request), timezone.now()
    kind = request.GET.get("by", "all")
    context = {"feed": feed(listener, at, kind if kind in KINDS else "all"), "by": kind}
    if listener is None:
        return render(request, "discovery/landing.html", context)
    return render(request, "discovery/home.html", context | _day(listener, at))


def _day(listener: User, at: datetime) -> dict[str, object]:
    today = PaidPlay.objects.filter(listener=listener.party, counted_at__gte=day_start(at))
    last = list(PaidPlay.objects.filter(listener=listener.party).order_by("-counted_at")[:3])
    return {
        "plays_today": today.count(),
        "payouts": statements.payouts(listener.party),
        "last_receipts": receipt_lines(last),
    }


@require_safe
def songs(request: HttpRequest) -> HttpResponse:
    """Every published track, newest first; `q` searches."""
    query = request.GET.get("q", "").strip()[:100]
    found: QuerySet[Track] = Track.objects.published().order_by("-published_at", "pk")
    if query:
        found = search.matching(found, query)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    listed = rows(list(page.object_list), visitor(request), timezone.now())
    return render(request, "discovery/songs.html", {"page": page, "rows": listed, "query": query})


@login_required
@require_POST
def like(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Like, or no longer; answers the button (htmx)."""
    track = get_object_or_404(Track.objects.published(), pk=pk)
    user = user_of(request)
    removed, _ = Like.objects.filter(user=user, track=track).delete()
    if not removed:
        Like.objects.get_or_create(user=user, track=track, defaults={"at": timezone.now()})
    if not request.headers.get("HX-Request"):
        return redirect(track)
    return render(request, "discovery/like.html", {"track_id": pk, "liked": not removed})
