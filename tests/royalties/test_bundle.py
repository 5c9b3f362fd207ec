"""A period's file: the same bytes whenever it is made, and nobody's id in it."""

import re
import subprocess
import sys
from hashlib import sha256

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DivisionByZero

from royalties import asides, bundle, bundle_lines
from royalties.asides import Aside
from royalties.models import PaidPlay, Party, Period, Pseudonym
from royalties.receipts import receipt_document
from royalties.verify import records
from royalties.verify.__main__ import main
from royalties.verify.archive import unpack
from tests.royalties.builders import a_listener, a_play, a_track, hold
from tests.royalties.house import House, bundle_path
from tests.royalties.stories import Story, one_more, two_tracks


@pytest.fixture
def story(house: House) -> Story:
    """Two periods: in the second the fan plays the song once more."""
    told = two_tracks(house)
    house.close()
    one_more(house, told)
    house.close()
    return told


def test_it_is_made_twice_byte_by_byte(house: House, story: Story) -> None:
    for period in Period.objects.exclude(state="open"):
        on_disk = bundle.path_of(period).read_bytes()
        aside, digest = bundle.write_aside(period)
        assert aside.path.read_bytes() == on_disk
        aside.drop()
        assert "0x" + digest.hex() == period.bundle_hash


def test_no_track_is_looked_for_among_all_that_have_a_leaf(house: House, story: Story) -> None:
    """Of very many a hash is too large, and each of the others would be read for each of them."""
    period = Period.objects.get(number=2)
    with CaptureQueriesContext(connection) as asked:
        bundle_lines.members(period, bundle.leaves_of(period), {})
    (wanted,) = [one["sql"] for one in asked if "ARRAY(" in one["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {wanted}")
        plan = [line for (line,) in cursor.fetchall()]
    assert [line for line in plan if "Filter" in line and "SubPlan" in line] == []


@pytest.mark.parametrize(
    ("file", "number", "who"),
    [("opening.csv", 2, "fan"), ("units.csv", 1, "listener"), ("entitlements.csv", 1, "fan")],
)
def test_nobody_without_a_pseudonym_is_left_out(
    house: House, story: Story, file: str, number: int, who: str
) -> None:
    named = Pseudonym.objects.filter(period=number, terms=story.song, party=getattr(story, who))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no trigger keeps the rows
        assert named.delete()[0] == 1
        if file == "entitlements.csv":  # whoever moved is refused before
            cursor.execute("DELETE FROM royalties_unitmove WHERE window_id IS NOT NULL")
        cursor.execute("SET session_replication_role = origin")
    with pytest.raises(bundle_lines.LineIncomplete, match=f"^{file} of period {number}: "):
        bundle.write_aside(Period.objects.get(number=number))
    assert sorted(bundle_path(1).parent.iterdir()) == [bundle_path(1), bundle_path(2)]


def test_lines_of_a_query_that_breaks_off_are_no_file(
    house: House, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks_off = "SELECT 1 / (5000 - n) FROM generate_series(1, 6000) n"
    monkeypatch.setattr(bundle_lines, "COPIED", {records.Opening: breaks_off})
    with pytest.raises(DivisionByZero):
        bundle.write_aside(Period.objects.get(number=1))
    assert Period.objects.count() == 3  # the connection is as good as before


def test_its_hash_is_that_of_the_manifest(house: House, story: Story) -> None:
    period = Period.objects.get(number=1)
    data = bundle_path(1).read_bytes()
    manifest = unpack(data).manifest
    assert "0x" + unpack(data).hash.hex() == period.bundle_hash
    for name, member in unpack(data).members.items():
        assert manifest["members"][name]["sha256"] == sha256(member).hexdigest()


def test_nobodys_id_or_name_is_in_it(house: House, story: Story) -> None:
    for path in house.bundles():
        text = path.read_bytes()
        for party in Party.objects.all():
            for secret in (str(party.pk), party.pk.hex):
                assert secret.encode() not in text, secret
        for listener in (story.fan, story.listener):
            assert listener.address.encode() not in text
        for salt in Pseudonym.objects.values_list("salt", flat=True):
            assert salt.hex.encode() not in text


def test_nothing_but_amounts_links_two_periods(house: House, story: Story) -> None:
    first, second = (
        set(re.findall(rb"\b[0-9a-f]{16,}\b", b"".join(unpack(path.read_bytes()).members.values())))
        for path in house.bundles()
    )
    public = b"".join(unpack(path.read_bytes()).members["terms.json"] for path in house.bundles())
    assert {one for one in first & second if one not in public} == set()


def test_a_listener_can_show_which_holder_it_is(house: House, story: Story) -> None:
    play = PaidPlay.objects.get(window__period=2)
    receipt = receipt_document(play, own=True)
    assert receipt is not None
    shown = sha256(bytes.fromhex(receipt["salt"]) + bytes.fromhex(receipt["party"])).hexdigest()
    lines = bytes(unpack(bundle_path(2).read_bytes()).members["opening.csv"]).decode().split("\n")
    assert [line for line in lines if f"{play.pseudonym},{shown}," in line] != []


def test_a_play_has_no_receipt_before_its_period_is_closed(house: House, story: Story) -> None:
    play = one_more(house, story)
    assert receipt_document(play, own=True) is None
    house.accrue()
    play.refresh_from_db()
    assert receipt_document(play, own=True) is None


def test_units_that_go_back_to_an_issuer_who_held_none_are_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    track = a_track(reserved=1_000_000, micros_per_unit=1, cap=1_000_000)
    play = a_play(track, a_listener(), house.at, micros=1_000_000)  # for all units there are
    house.settle()
    hold([play], "bot", house.at)
    house.settle()
    assert (
        unpack(bundle_path(2).read_bytes()).members["units.csv"].tobytes().endswith(b",1000000\n")
    )
    assert main([str(path) for path in house.bundles()]) == 0, capsys.readouterr().out


def test_a_lost_file_is_made_again(house: House, story: Story) -> None:
    period, path = Period.objects.get(number=2), bundle_path(2)
    data = path.read_bytes()
    path.unlink()
    assert bundle.ensure(period).read_bytes() == data
    path.unlink()
    period.bundle_hash = "0x" + "00" * 32
    with pytest.raises(bundle.BundleChanged, match="period 2 now makes the bundle"):
        bundle.ensure(period)


def test_a_close_that_was_cut_off_leaves_nothing_behind(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_tracks(house)

    def dies(aside: Aside) -> None:
        aside.file.close()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Aside, "put", dies)
        with pytest.raises(KeyboardInterrupt):
            house.close()
    path = bundle_path(1)
    assert not path.exists()
    assert bundle.ensure(Period.objects.get(number=1)).exists()
    killed = path.with_name(".period-000001.zip.0123abcd.members")
    killed.mkdir()  # while it wrote the members
    (killed / "plays.csv").touch()
    asides.sweep(path.parent)
    assert list(path.parent.iterdir()) == [path]


KILLED = """
import os, signal, django
django.setup()
from royalties import bundle
from royalties.asides import Aside
from royalties.models import Period
Aside.put = lambda aside: os.kill(os.getpid(), signal.SIGKILL)
bundle.ensure(Period.objects.get(number=1))
"""


@pytest.mark.django_db(transaction=True)
def test_what_a_kill_leaves_of_a_file_made_again_is_swept_and_what_is_written_is_not(
    house: House, process_environment: dict[str, str]
) -> None:
    two_tracks(house)
    period = house.close()
    path = bundle_path(1)
    data = path.read_bytes()
    path.unlink()
    told = {**process_environment, "REFRAIN_HOME": str(path.parents[1])}
    assert subprocess.run([sys.executable, "-c", KILLED], env=told).returncode == -9
    (left,) = path.parent.iterdir()
    assert left.name.startswith(".period-000001.zip.")
    writing = Aside(path)  # sweeps what is left, and is locked
    assert bundle.ensure(period).read_bytes() == data
    assert set(path.parent.iterdir()) == {path, writing.path}
    writing.drop()
