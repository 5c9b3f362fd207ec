import errno
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender import artifacts
from recommender.errors import ArtifactError
from recommender.model import Model
from recommender.train import train, with_nearest
from tests.recommender.worlds import group_features, group_plays, item, item_ids, no_plays

NOON = "2026-01-02T12:00:00+00:00"


@pytest.fixture(scope="module")
def model() -> Model:
    artists = [i[:2] for i in item_ids()]
    return train(group_plays(), item_ids(), group_features(), artists, seed=1).model


def test_a_loaded_model_answers_as_the_saved_one(model: Model, tmp_path: Path) -> None:
    version = artifacts.save(model, tmp_path, NOON)
    loaded = artifacts.load(tmp_path)
    assert artifacts.current_version(tmp_path) == version
    for own in ({}, {item(0, 1): 2.0}, {item(0, 1): 2.0, item(2, 2): 9.0}):
        assert loaded.recommend(own, 20) == model.recommend(own, 20)
    assert loaded.similar(item(1, 1)) == model.similar(item(1, 1))


def test_the_nearest_are_stored_and_a_model_without_them_answers_too(
    model: Model, tmp_path: Path
) -> None:
    assert model.sound_nearest is None
    artifacts.save(model, tmp_path, NOON)
    artifacts.save(with_nearest(model), tmp_path / "served", NOON)
    plain, served = artifacts.load(tmp_path), artifacts.load(tmp_path / "served")
    assert plain.sound_nearest is None
    assert served.sound_nearest is not None
    assert served.taste_nearest is not None
    told, found = (one.alike(item(1, 1), "sound", 9) for one in (plain, served))
    assert [one.item_id for one in told] == [one.item_id for one in found]


@pytest.mark.parametrize("sound", [True, False])
def test_models_with_parts_missing_survive_the_disk(sound: bool, tmp_path: Path) -> None:
    model = train(no_plays(), item_ids(), group_features() if sound else None).model
    artifacts.save(model, tmp_path, NOON)
    own = {item(0, 1): 2.0}
    assert artifacts.load(tmp_path).recommend(own, 5) == model.recommend(own, 5)


def test_a_model_stored_before_members_were_answers_as_its_only_one(
    model: Model, tmp_path: Path
) -> None:
    assert model.als is not None
    factors = model.als.factors[:, : model.als.gram.shape[1]]
    one = replace(model.als, factors=factors, gram=model.als.gram[:1])
    before = replace(model, als=replace(one, gram=one.gram[0]))
    artifacts.save(before, tmp_path, NOON)
    own = {item(0, 0): 1.0}
    assert artifacts.load(tmp_path).recommend(own, 5) == replace(model, als=one).recommend(own, 5)


def test_als_whose_penalty_grows_survives_the_disk(model: Model, tmp_path: Path) -> None:
    assert model.als is not None
    scaled = replace(model.als, growth=0.05, alpha=3.0)
    model = replace(model, als_scaled=scaled, weights={"als_scaled": 1.0})
    artifacts.save(model, tmp_path, NOON)
    own = {item(0, 0): 1.0, item(1, 3): 4.0}
    assert artifacts.load(tmp_path).recommend(own, 5) == model.recommend(own, 5)
    with_constant = replace(model, als_scaled=replace(scaled, growth=0.0))
    assert artifacts.load(tmp_path).recommend(own, 5) != with_constant.recommend(own, 5)


def test_the_manifest_tells_what_is_inside(model: Model, tmp_path: Path) -> None:
    manifest = artifacts.manifest_of(tmp_path, artifacts.save(model, tmp_path, NOON))
    assert manifest["trained_at"] == NOON
    assert manifest["counts"]["items"] == 24
    assert manifest["counts"]["users"] == 90
    assert set(manifest["sha256"]) >= {"als_factors", "ease_matrix", "item_ids"}
    json.dumps(manifest)


def test_a_changed_file_is_noticed(model: Model, tmp_path: Path) -> None:
    version = artifacts.save(model, tmp_path, NOON)
    path = tmp_path / version / "listeners.npy"
    np.save(path, np.load(path) + 1)
    with pytest.raises(ArtifactError, match=r"listeners\.npy"):
        artifacts.load(tmp_path)


@pytest.mark.parametrize("content", ["", "null", "[1]", "{}", '{"format_version'])
def test_a_manifest_that_is_none_is_noticed(content: str, model: Model, tmp_path: Path) -> None:
    version = artifacts.save(model, tmp_path, NOON)
    (tmp_path / version / artifacts.MANIFEST).write_text(content)
    with pytest.raises(ArtifactError, match=version):
        artifacts.load(tmp_path)


def test_a_disk_that_fails_is_noticed(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = artifacts.save(model, tmp_path, NOON)

    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(artifacts, "_sha256", fails)
    with pytest.raises(ArtifactError, match="Input/output error"):
        artifacts.load(tmp_path)
    monkeypatch.setattr(Path, "read_text", fails)
    with pytest.raises(ArtifactError, match="no readable manifest"):
        artifacts.load(tmp_path, version)


def test_before_the_first_model_there_is_one_sentence(tmp_path: Path) -> None:
    assert artifacts.current_version(tmp_path / "none") is None
    with pytest.raises(ArtifactError, match="No model has been saved"):
        artifacts.load(tmp_path / "none")


def test_a_model_of_another_format_is_refused(model: Model, tmp_path: Path) -> None:
    version = artifacts.save(model, tmp_path, NOON)
    path = tmp_path / version / artifacts.MANIFEST
    path.write_text(path.read_text().replace('"format_version": 1', '"format_version": 99'))
    with pytest.raises(ArtifactError, match="format 99"):
        artifacts.load(tmp_path)


def test_one_can_go_back_and_only_the_newest_are_kept(model: Model, tmp_path: Path) -> None:
    versions = []
    for day in range(1, 6):
        versions.append(artifacts.save(model, tmp_path, f"2026-01-0{day}T00:00:00Z"))
        os.utime(tmp_path / versions[-1] / artifacts.MANIFEST)
    assert artifacts.versions(tmp_path) == versions[-artifacts.KEPT_VERSIONS :]
    artifacts.activate(tmp_path, versions[-2])
    assert artifacts.current_version(tmp_path) == versions[-2]
    with pytest.raises(ArtifactError, match="There is no model"):
        artifacts.activate(tmp_path, versions[0])
    leftovers = {path.name for path in tmp_path.iterdir()} - set(versions)
    assert leftovers == {artifacts.POINTER}


def test_a_reader_keeps_its_model_while_another_is_saved(model: Model, tmp_path: Path) -> None:
    artifacts.save(model, tmp_path, NOON)
    reader = artifacts.load(tmp_path)
    before = reader.recommend({item(0, 0): 1.0}, 10)
    other = train(group_plays(seed=9), item_ids(), seed=1).model
    for day in range(1, 6):
        artifacts.save(other, tmp_path, f"2026-02-0{day}T00:00:00Z")
    assert reader.recommend({item(0, 0): 1.0}, 10) == before
