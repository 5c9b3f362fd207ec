"""The opening of a song, free for everybody: no login, no quote, no hold, nothing written down."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from marketplace.catalog.models import Track
from marketplace.catalog.renditions import first_copy
from marketplace.listening.audio import byte_range, refused
from marketplace.media import files
from marketplace.media.away import StoreAway

FRESH_SECONDS = 3_600


@require_safe
def head(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """GET or HEAD, with Range. 200, 206; 403 beyond the head, 404, 416, 503 (the store is away).

    A player takes the head for the whole of what there is, so lengths are the head's.
    """
    track = Track.objects.published().filter(pk=pk).first()
    if track is None:
        return refused(404, "not_found", "There is no such song.").response()
    copy = first_copy(track)
    size = copy.bytes_for(track.head_seconds)
    wanted = byte_range(request.headers.get("Range"), copy.total_bytes)
    if wanted is None:
        all_of_it = {"Content-Range": f"bytes */{size}"}
        return refused(416, "range", f"The opening has {size} bytes.", all_of_it).response()
    first, last = wanted[0], min(wanted[1], size - 1)
    if first >= size:
        return refused(403, "not_counted", "The rest opens when the play has counted.").response()
    n_bytes = last - first + 1
    try:
        sound = b"" if request.method == "HEAD" else files.read(copy.name, first, n_bytes)
    except StoreAway as error:
        return refused(error.status, error.code, error.detail, error.headers()).response()
    response = HttpResponse(sound, content_type=copy.media_type)
    response["Content-Length"] = str(n_bytes)
    if "Range" in request.headers:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    return response
