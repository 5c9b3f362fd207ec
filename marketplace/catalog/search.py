"""Search by title, artist and album; typing errors forgiven by trigram likeness."""

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Greatest

from marketplace.catalog.models import Track

LIKE_ENOUGH = 0.45


def matching(tracks: QuerySet[Track], query: str) -> QuerySet[Track]:
    """Tracks like `query`, likest first; an exact part of a name always matches."""
    query = query.replace("\0", "")  # PostgreSQL's text has no such character
    likeness = Greatest(
        TrigramWordSimilarity(query, "title"),
        TrigramWordSimilarity(query, "artist__name"),
        TrigramWordSimilarity(query, "album"),
    )
    named = Q(title__icontains=query) | Q(artist__name__icontains=query) | Q(genre__iexact=query)
    return (
        tracks.annotate(likeness=likeness)
        .filter(named | Q(likeness__gte=LIKE_ENOUGH))
        .order_by("-likeness", "title", "id")
    )
