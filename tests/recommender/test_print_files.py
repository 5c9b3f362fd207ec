import json
from pathlib import Path

import numpy as np
import pytest

from recommender.artifacts import MANIFEST, current_version
from recommender.errors import ArtifactError
from recommender.fingerprints import Index, build, match
from recommender.landmarks import landmarks
from recommender.print_files import load_index, save_index
from tests.recommender.melodies import melody


def index_of(*seeds: int) -> Index:
    return build([str(seed) for seed in seeds], [landmarks(melody(seed, 15)) for seed in seeds])


def test_a_loaded_index_finds_what_the_saved_one_does(tmp_path: Path) -> None:
    index, query = index_of(1, 2), landmarks(melody(2, 10, start=3))
    version = save_index(index, tmp_path)
    assert current_version(tmp_path) == version
    assert match(load_index(tmp_path), query) == match(index, query)
    assert save_index(index, tmp_path) == version


def test_a_newer_index_takes_the_place_of_the_older_which_readers_keep(tmp_path: Path) -> None:
    save_index(index_of(1), tmp_path)
    held = load_index(tmp_path)
    save_index(index_of(1, 2), tmp_path)
    assert load_index(tmp_path).ids == ("1", "2")
    assert match(held, landmarks(melody(1, 15)))[0].track == "1"
    assert len(list(tmp_path.glob("fingerprints-*"))) == 1


def test_an_empty_index_is_kept_as_well(tmp_path: Path) -> None:
    save_index(index_of(), tmp_path)
    assert load_index(tmp_path).ids == ()


def test_nothing_saved_another_version_and_a_changed_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="No index has been saved"):
        load_index(tmp_path)
    home = tmp_path / save_index(index_of(1), tmp_path)
    manifest = json.loads((home / MANIFEST).read_text())
    (home / MANIFEST).write_text(json.dumps(manifest | {"fingerprint_version": 0}))
    with pytest.raises(ArtifactError, match="build it anew"):
        load_index(tmp_path)
    (home / MANIFEST).write_text(json.dumps(manifest))
    np.save(home / "keys.npy", np.zeros(3, dtype=np.uint32))
    with pytest.raises(
        ArtifactError, match="keys.npy of fingerprints-.* is missing or was changed"
    ):
        load_index(tmp_path)
