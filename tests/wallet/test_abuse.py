"""What somebody could take from, or do to, another's wallet; and their own mistakes."""

import pytest
from django.test import Client

from marketplace.wallet import limits
from royalties import purses
from royalties.models import PaidPlay
from tests.builders import a_listener, a_track, heard
from tests.royalties.house import House

pytestmark = pytest.mark.django_db


def test_a_receipt_tells_who_listened_to_that_listener_alone(client: Client, house: House) -> None:
    listener, stranger = a_listener(), a_listener()
    heard(listener, a_track(), house.at)
    house.pass_time(60)
    house.accrue()
    house.settle()
    play = PaidPlay.objects.get()
    url = f"/receipts/{play.pk}.json"
    public = client.get(url).json()
    client.force_login(stranger)
    assert client.get(url).json() == public
    assert not {"party", "salt"} & public.keys()
    assert play.listener_id.hex not in client.get(url).content.decode()
    client.force_login(listener)
    own = client.get(url).json()
    assert own["party"] == play.listener_id.hex
    assert public == {key: own[key] for key in own if key not in {"party", "salt"}}


def test_a_top_up_key_used_for_another_amount_is_one_sentence(client: Client) -> None:
    listener = a_listener(1_000_000)
    client.force_login(listener)
    api = {"micros": 2_000_000, "key": "first"}
    answer = client.post("/api/v1/wallet/top-ups", api, content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    answer = client.post("/wallet/top-up", {"amount": "2.00", "key": "first"})
    assert answer.status_code == 422
    assert "another amount" in answer.content.decode()
    assert purses.available(listener.party) == 1_000_000


@pytest.mark.parametrize("cap", [1 << 63, 10**30, -1])
def test_a_limit_beyond_any_number_is_refused(client: Client, cap: int) -> None:
    listener = a_listener(1_000_000, cap=5_000_000)
    client.force_login(listener)
    asked = {"micros": 1_000_000, "key": "second", "monthly_cap_micros": cap}
    answer = client.post("/api/v1/wallet/top-ups", asked, content_type="application/json")
    assert answer.status_code == 400
    assert limits.cap_of(listener) == 5_000_000
    assert purses.available(listener.party) == 1_000_000
