"""Models on disk: .npy files and a manifest in a folder of their own, and a pointer to the one that
serves.

A version's folder is complete before the pointer names it and is never written again; the pointer
is replaced in one step. So a reader sees the old model or the new one, never half of one. numpy
only.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.errors import ArtifactError
from recommender.forest import Forest
from recommender.kernels import KernelScorer
from recommender.model import LEAST_SPREAD, Model
from recommender.placing import Map
from recommender.scorers import (
    ArtistScorer,
    FactorScorer,
    LinearScorer,
    NeighbourScorer,
    SoundScorer,
)
from recommender.topics import TopicScorer

FORMAT_VERSION = 1
POINTER = "current"
MANIFEST = "manifest.json"
UNFINISHED = "writing-"  # begins the name of a folder that is being written
KEPT_VERSIONS = 3
KERNELS = ("tangent", "linear", "relative")
FORESTS = ("forest", "stranger_forest")
FOREST_ARRAYS = ("columns", "thresholds", "values")
KERNEL_ARRAYS = ("starts", "listeners", "values", "item_scale", "solution")
PENALTIES = ("regularisation", "alpha", "growth")
PLAIN = ("listeners", "appeal", "features", "feature_mean", "feature_scale")
NEAREST = ("sound_nearest", "taste_nearest")  # not in every model


def save(model: Model, folder: Path, trained_at: str) -> str:
    """Write `model` under `folder`, make it current, and return its version's name.

    `trained_at` is the caller's ISO 8601 time. The newest versions are kept for a rollback, older
    ones go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    work.chmod(0o755)
    hashes = {name: write_array(work, name, array) for name, array in _arrays(model).items()}
    manifest = _manifest(model, trained_at, hashes)
    (work / MANIFEST).write_text(
        json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    digest = hashlib.sha256((work / MANIFEST).read_bytes()).hexdigest()[:12]
    stamp = "".join(c for c in trained_at if c.isalnum())
    version = f"model-{stamp}-{digest}"
    publish(work, folder, version)
    _forget_old(folder, version)
    return version


def publish(work: Path, folder: Path, version: str) -> None:
    """Make what was written to `work` the current `version` of `folder`."""
    if (folder / version).exists():  # the very same, saved before
        shutil.rmtree(work)
    else:
        work.rename(folder / version)
    activate(folder, version)


def activate(folder: Path, version: str) -> None:
    """Make `version` the one that serves: also the way back to an older one."""
    if not (folder / version / MANIFEST).is_file():
        raise ArtifactError(f"There is no model {version} in {folder}.")
    handle, name = tempfile.mkstemp(prefix="pointer-", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(version)
        file.flush()
        os.fsync(file.fileno())
    Path(name).chmod(0o644)
    os.replace(name, folder / POINTER)


def current_version(folder: Path) -> str | None:
    """The version that serves, or None before the first: cheap enough to ask on every request."""
    try:
        return (folder / POINTER).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None


def versions(folder: Path) -> list[str]:
    """Stored versions, oldest first."""
    found = [path for path in folder.glob("model-*") if (path / MANIFEST).is_file()]
    return [
        path.name for path in sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name))
    ]


def load(folder: Path, version: str | None = None, verify: bool = True) -> Model:
    """The current model of `folder`, or the one named; its arrays stay on disk until they are read.

    Raises `ArtifactError` if there is none, its format is another, or a file is missing or changed.
    """
    version = version or current_version(folder)
    if version is None:
        raise ArtifactError(f"No model has been saved in {folder} yet.")
    home, manifest = folder / version, manifest_of(folder, version)
    if manifest.get("format_version") != FORMAT_VERSION:
        raise ArtifactError(f"The model {version} is of format {manifest.get('format_version')}.")
    arrays = {name: read_array(home, name, sha, verify) for name, sha in manifest["sha256"].items()}
    return _model(manifest, arrays)


def manifest_of(folder: Path, version: str) -> dict[str, Any]:
    """What is known of a stored version: format, times, counts, weights, hashes.

    Raises `ArtifactError` if it can't be read.
    """
    try:
        return dict(json.loads((folder / version / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ArtifactError(f"The model {version} has no readable manifest.") from error


def _arrays(model: Model) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any] | None] = {
        name: getattr(model, name) for name in PLAIN + NEAREST
    }
    arrays["item_ids"] = np.array(model.item_ids, dtype=np.str_)
    if model.als is not None:
        arrays |= {"als_factors": model.als.factors, "als_gram": model.als.gram}
    if (scaled := model.als_scaled) is not None:
        arrays |= {"als_scaled_factors": scaled.factors, "als_scaled_gram": scaled.gram}
    if model.ease is not None:
        arrays["ease_matrix"] = model.ease.matrix
    for name in KERNELS:
        arrays |= _kernel_arrays(name, getattr(model, name))
    for name in FORESTS:
        if (forest := getattr(model, name)) is not None:
            arrays |= {f"{name}_{part}": getattr(forest, part) for part in FOREST_ARRAYS}
    if (near := model.neighbours) is not None:
        arrays |= {
            "near_starts": near.starts,
            "near_columns": near.columns,
            "near_values": near.values,
        }
    if model.map is not None:
        arrays |= {f"map_{part}": array for part, array in model.map._asdict().items()}
    arrays["topic_chances"] = None if model.topics is None else model.topics.chances
    arrays["sound_unit"] = None if model.sound is None else model.sound.unit
    arrays["artists"] = None if model.artist is None else model.artist.artists
    return {name: array for name, array in arrays.items() if array is not None}


def _kernel_arrays(name: str, kernel: KernelScorer | None) -> dict[str, NDArray[Any]]:
    if kernel is None:
        return {}
    return {f"{name}_{part}": getattr(kernel, part) for part in KERNEL_ARRAYS}


def _kernel(
    name: str, layers: Mapping[str, int], arrays: Mapping[str, NDArray[Any]]
) -> KernelScorer | None:
    if name not in layers:
        return None
    each = {part: arrays[f"{name}_{part}"] for part in KERNEL_ARRAYS}
    return KernelScorer(**each, layers=layers[name], relative=name == "relative")


def _forest(
    name: str, manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> Forest | None:
    if (parts := manifest.get(f"{name}_parts")) is None:
        return None
    each = {part: arrays[f"{name}_{part}"] for part in FOREST_ARRAYS}
    return Forest(tuple(parts), **each, discount=manifest.get(f"{name}_discount", 0.0))


def _described(name: str, forest: Forest | None) -> dict[str, Any]:
    """What the manifest says of a forest."""
    if forest is None:
        return {f"{name}_parts": None}
    return {f"{name}_parts": list(forest.parts), f"{name}_discount": forest.discount}


def _topics(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> TopicScorer | None:
    if (topics := manifest.get("topics")) is None:
        return None
    return TopicScorer(arrays["topic_chances"], **topics)


def _factors(arrays: Mapping[str, NDArray[Any]], als: Mapping[str, float]) -> FactorScorer:
    """Of a model stored before members were, the gram is that of its only one."""
    gram = arrays["als_gram"]
    return FactorScorer(arrays["als_factors"], gram if gram.ndim == 3 else gram[None], **als)


def _scaled(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> FactorScorer | None:
    if (scaled := manifest.get("als_scaled")) is None:
        return None
    return FactorScorer(arrays["als_scaled_factors"], arrays["als_scaled_gram"], **scaled)


def _manifest(model: Model, trained_at: str, hashes: Mapping[str, str]) -> dict[str, Any]:
    als = model.als
    return {
        "format_version": FORMAT_VERSION,
        "trained_at": trained_at,
        "counts": {"items": len(model.item_ids), "warm_items": model.warm, **model.trained},
        "weights": dict(model.weights),
        "stranger_weights": model.stranger_weights and dict(model.stranger_weights),
        "cold_spread": model.cold_spread,
        "counts_matter": model.counts_matter,
        "als": None if als is None else {"regularisation": als.regularisation, "alpha": als.alpha},
        "als_scaled": model.als_scaled
        and {name: getattr(model.als_scaled, name) for name in PENALTIES},
        "topics": None
        if model.topics is None
        else {"members": model.topics.members, "prior": model.topics.prior},
        "kernel_layers": {
            name: kernel.layers for name in KERNELS if (kernel := getattr(model, name)) is not None
        },
        **_described("forest", model.forest),
        **_described("stranger_forest", model.stranger_forest),
        "sha256": dict(hashes),
    }


def _model(manifest: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Model:
    als, ease, near = manifest["als"], arrays.get("ease_matrix"), arrays.get("near_starts")
    counts = manifest["counts"]
    return Model(
        item_ids=tuple(arrays["item_ids"].tolist()),
        weights=manifest["weights"],
        stranger_weights=manifest.get("stranger_weights"),
        cold_spread=manifest.get("cold_spread", LEAST_SPREAD),
        counts_matter=manifest["counts_matter"],
        **{name: _kernel(name, manifest.get("kernel_layers", {}), arrays) for name in KERNELS},
        forest=_forest("forest", manifest, arrays),
        stranger_forest=_forest("stranger_forest", manifest, arrays),
        als=None if als is None else _factors(arrays, als),
        als_scaled=_scaled(manifest, arrays),
        ease=None if ease is None else LinearScorer(ease, counts["warm_items"]),
        neighbours=None
        if near is None
        else NeighbourScorer(near, arrays["near_columns"], arrays["near_values"]),
        topics=_topics(manifest, arrays),
        sound=SoundScorer(arrays["sound_unit"]) if "sound_unit" in arrays else None,
        artist=ArtistScorer(arrays["artists"]) if "artists" in arrays else None,
        trained={name: value for name, value in counts.items() if name in ("users", "plays")},
        listeners=arrays["listeners"],
        appeal=arrays.get("appeal"),
        features=arrays.get("features"),
        feature_mean=arrays.get("feature_mean"),
        feature_scale=arrays.get("feature_scale"),
        sound_nearest=arrays.get("sound_nearest"),
        taste_nearest=arrays.get("taste_nearest"),
        map=Map(*(arrays[f"map_{part}"] for part in Map._fields))
        if "map_places" in arrays
        else None,
    )


def write_array(home: Path, name: str, array: NDArray[Any]) -> str:
    """Store it as `name`.npy in the folder `home`; its SHA-256."""
    path = home / f"{name}.npy"
    np.save(path, array, allow_pickle=False)  # column-major arrays stay so
    return _sha256(path)


def read_array(home: Path, name: str, sha256: str, verify: bool = True) -> NDArray[Any]:
    """What `write_array` stored; it stays on disk until it is read. Raises `ArtifactError`."""
    path = home / f"{name}.npy"
    try:
        if not path.is_file() or (verify and _sha256(path) != sha256):
            raise ArtifactError(f"{path.name} of {home.name} is missing or was changed.")
        return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
    except OSError as error:  # as of a disk that fails
        raise ArtifactError(f"{path.name} of {home.name} can't be read: {error}.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget_old(folder: Path, serving: str) -> None:
    for version in versions(folder)[:-KEPT_VERSIONS]:
        if version != serving:
            shutil.rmtree(folder / version)
