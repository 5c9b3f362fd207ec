"""The vault is open to anyone: what is done with tracks of others is none of the ledger's."""

from contracts import client, node
from contracts.client import ClaimOrder
from royalties import chain_checks, settlement
from royalties.models import ChainEvent, Period
from tests.contracts.stage import KEYS, terms
from tests.royalties.house import House, send_from
from tests.royalties.stories import two_tracks


def test_the_house_goes_on_whatever_is_done_with_a_track_of_others(house: House) -> None:
    key, stranger = KEYS["listener"]
    node.fund(house.chain, stranger)
    theirs = terms(payees=(stranger,), bps=(8_000,), issuer=stranger)
    track, vault = client.track_id(theirs), house.vault.address
    send_from(house.chain, key, stranger, client.register(vault, theirs))
    receiver, deadline = house.deployment.custody, 2**40
    order = ClaimOrder(stranger, receiver, (track,), 0, deadline)
    signature = client.sign_claim_order(order, key, vault, house.chain.chain_id())
    for call in (
        client.claim(vault, track, stranger),
        client.claim_many(vault, [track], stranger),
        client.claim_to(vault, order, signature),
        client.assign(vault, track, KEYS["buyer"][1], 100),
    ):
        send_from(house.chain, key, stranger, call)
    two_tracks(house)
    period = house.settle()
    names = set(ChainEvent.objects.values_list("name", flat=True))
    assert names >= {"ClaimedMany", "PaidElsewhere", "Assigned"}
    assert period.state == Period.State.ACTIVE
    assert settlement.alarms(house.at) == []
    assert [one for one in chain_checks.check(house.at, house.chain) if not one.ok] == []
