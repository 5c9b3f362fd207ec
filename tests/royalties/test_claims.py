"""Claims are planned once an active root, and bring everyone theirs."""

from royalties import claims, deals, ledger
from royalties.models import Account, OutboxTransaction
from tests.royalties.builders import a_party
from tests.royalties.house import House
from tests.royalties.stories import one_more, two_tracks

Kind = Account.Kind


def kinds() -> list[str]:
    return [
        *OutboxTransaction.objects.filter(lane="keeper")
        .order_by("id")
        .values_list("kind", flat=True)
    ]


def test_nothing_is_planned_before_a_root_is_active(house: House) -> None:
    story = two_tracks(house)
    house.close()
    house.work()
    assert claims.request(story.artist, house.at) == 0
    assert claims.claimable(story.artist) == claims.Claimable(0, on_its_way=False)


def test_a_request_registers_syncs_and_claims_once(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    settled = ledger.balance(Kind.SETTLED, story.writer)
    assert claims.claimable(story.writer) == claims.Claimable(settled, on_its_way=False)
    assert claims.request(story.writer, house.at) == 3
    assert claims.request(story.writer, house.at) == 0
    assert kinds() == ["register", "sync", "claim"]
    assert claims.claimable(story.writer).on_its_way
    house.work()
    assert claims.claimable(story.writer) == claims.Claimable(0, on_its_way=False)
    assert ledger.balance(Kind.SPENDABLE, story.writer) == settled == 25_123 // 5


def test_two_parties_share_registration_and_sync(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    claims.request(story.writer, house.at)
    # the artist's other track, its own claim, and custody's for the units it holds
    assert claims.request(story.artist, house.at) == 4
    house.work()
    assert {*OutboxTransaction.objects.values_list("state", flat=True)} == {"final"}


def test_custodys_claim_pays_every_holder_of_the_track(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    one_more(house, story)
    house.settle()
    before = ledger.balance(Kind.SETTLED, story.fan)
    house.claim(story.artist)  # who holds units of both tracks as their issuer
    assert ledger.balance(Kind.SETTLED, story.fan) == 0
    assert ledger.balance(Kind.SPENDABLE, story.fan) == before > 10


def test_a_later_period_is_synced_and_claimed_anew_but_not_registered(house: House) -> None:
    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)
    one_more(house, story)
    house.settle()
    house.claim(story.writer)
    assert kinds() == ["register", "sync", "claim", "sync", "claim"]
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 31_790 // 5


def test_what_a_payee_under_a_deal_receives_is_divided(house: House) -> None:
    story = two_tracks(house)
    label = a_party("label")
    deal = deals.invite(label, story.writer, 2_000, 3_000, house.at.date(), house.at)
    deals.accept(deal, house.at)
    house.settle()
    house.claim(story.writer)
    # 5,024 received: 1,004 the label's part, 3,000 recoup its advance, the rest the writer's
    assert ledger.balance(Kind.SPENDABLE, label) == 4_004
    assert ledger.balance(Kind.SPENDABLE, story.writer) == 1_020


def test_an_outsiders_claim_for_a_payee_arrives_all_the_same(house: House) -> None:
    from contracts.client import claim
    from tests.royalties.house import send

    story = two_tracks(house)
    house.settle()
    house.claim(story.writer)  # registers and syncs the song
    track = bytes.fromhex(story.song.chain_id[2:])
    send(house.chain, "admin", claim(house.deployment.vault, track, story.artist.address))
    house.work()
    assert ledger.balance(Kind.SPENDABLE, story.artist) == 25_123 * 4_500 // 10_000
