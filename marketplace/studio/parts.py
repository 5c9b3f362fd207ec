"""What of a song's price reaches a studio: by the song's terms, and by a label's deals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.catalog.models import Artist, Track
from marketplace.users.models import User
from royalties import money
from royalties.models import Deal, PaidPlay, Party, Payee


@dataclass(frozen=True)
class Parts:
    """Basis points by song: those paid directly, and those that a deal divides further."""

    own: Mapping[UUID, int]
    under_deal: Mapping[UUID, tuple[int, Deal]]  # what the artist gets, and with whom it divides it

    def of(self, terms_id: UUID, day: date, micros: int) -> int:
        """To the micro below, before an advance is recouped."""
        yours = money.floor_share(micros, self.own.get(terms_id, 0))
        bps, deal = self.under_deal.get(terms_id, (0, None))
        if deal is not None and deal.starts_on <= day:
            yours += money.floor_share(money.floor_share(micros, bps), deal.label_bps)
        return yours

    def of_play(self, play: PaidPlay) -> int:
        """Of a play of `plays_with_periods`; of one that is taken back nothing."""
        if getattr(play, "taken_back", None):
            return 0
        return self.of(play.terms_id, play.counted_at.date(), play.price_micros)


def of_parties(parties: Sequence[Party], tracks: Mapping[UUID, Track]) -> Parts:
    """What these parties are paid directly; one query."""
    own: Counter[UUID] = Counter()
    paid = Payee.objects.filter(terms__in=tracks, party__in=parties)
    for terms_id, bps in paid.values_list("terms_id", "bps"):
        own[terms_id] += bps
    return Parts(own, {})


def of_label(label: User, artists: Sequence[Artist], tracks: Mapping[UUID, Track]) -> Parts:
    """A label's own part of its roster's songs, and its deals' part of what the artists get."""
    mine = Deal.objects.filter(label=label.party_id, state=Deal.State.ACCEPTED)
    deals = {deal.artist_id: deal for deal in mine}
    people = [label.party_id, *(artist.party_id for artist in artists)]
    bps: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    paid = Payee.objects.filter(terms__in=tracks, party__in=people)
    for terms_id, party_id, part in paid.values_list("terms_id", "party_id", "bps"):
        bps[terms_id][party_id] = part
    under_deal = {}
    for terms_id, track in tracks.items():
        deal = deals.get(track.artist.party_id) if track.artist else None
        if deal is not None:
            under_deal[terms_id] = (bps[terms_id].get(deal.artist_id, 0), deal)
    return Parts({terms: by.get(label.party_id, 0) for terms, by in bps.items()}, under_deal)
