"""Another signer than the file of keys: chosen by a setting, believed only as far as it signs."""

import pytest
from pytest_django import Settings

from contracts.client import Signed
from royalties import keys, settlement, signers
from royalties.models import OutboxTransaction, SignedTransaction
from tests.royalties.house import House
from tests.royalties.stories import two_tracks


class Away(signers.FileSigner):
    """A signer that does not answer."""

    def sign(self, role: str, transaction: signers.Unsigned) -> Signed:
        raise signers.SigningFailed("the signer does not answer")


class Confused(signers.FileSigner):
    """A signer that takes another key."""

    def sign(self, role: str, transaction: signers.Unsigned) -> Signed:
        return super().sign("admin", transaction)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("Away", "the signer does not answer"), ("Confused", "not as the publisher")],
)
def test_nothing_is_sent_unless_the_role_signed_it(
    house: House, settings: Settings, name: str, sentence: str
) -> None:
    two_tracks(house)
    house.close()
    settings.CHAIN_SIGNER = f"{__name__}.{name}"
    house.work()
    assert OutboxTransaction.objects.get().state == OutboxTransaction.State.PLANNED
    assert not SignedTransaction.objects.exists()
    (alarm,) = settlement.alarms(house.at)
    assert sentence in alarm.sentence
    settings.CHAIN_SIGNER = "royalties.signers.FileSigner"
    house.work()
    assert OutboxTransaction.objects.get().state == OutboxTransaction.State.FINAL
    assert settlement.alarms(house.at) == []
    assert house.chain.nonce(keys.role("publisher").address) == 1
