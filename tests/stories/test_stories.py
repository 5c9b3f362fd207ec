"""Three stories in one house, one after the other: each with songs or listeners of its own."""

from pathlib import Path

import pytest

from tests.builders import a_user
from tests.stories.by_keyboard import a_newcomer_without_a_mouse
from tests.stories.house import opened
from tests.stories.newcomer import a_newcomer_hears_signs_up_pays_and_earns
from tests.stories.one_play import one_play_from_a_file_to_a_checked_payout
from tests.stories.recordings import write_song
from tests.stories.visitor import Visitor


@pytest.mark.slow
def test_stories(
    process_environment: dict[str, str], chain_url: str, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    music = tmp_path / "music"
    music.mkdir()
    write_song(music / "The Tides - Low Water.wav", 440)
    operator = a_user("operator")
    with opened(process_environment, tmp_path) as house:
        house.manage("import_catalog", str(music))
        office = Visitor(house.url)
        office.log_in(operator.email)
        with subtests.test("a newcomer hears, signs up, pays and earns"):
            a_newcomer_hears_signs_up_pays_and_earns(house, office)
        with subtests.test("a newcomer without a mouse"):
            a_newcomer_without_a_mouse(house)
        with subtests.test("one play from a file to a checked payout"):
            one_play_from_a_file_to_a_checked_payout(house, office, chain_url, tmp_path)
