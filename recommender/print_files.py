"""An index of fingerprints on disk: .npy files and a manifest in a folder of their own.

As models are kept (`artifacts`): a folder is complete before the pointer names it and is never
written again, so that a reader sees the old index or the new one. numpy only.
"""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from recommender.artifacts import (
    MANIFEST,
    UNFINISHED,
    current_version,
    publish,
    read_array,
    write_array,
)
from recommender.errors import ArtifactError
from recommender.fingerprints import FINGERPRINT_VERSION, Index

FORMAT_VERSION = 1
ARRAYS = ("starts", "landmarks", "keys", "anchors")


def save_index(index: Index, folder: Path) -> str:
    """Write `index` under `folder`, make it current, and return its version's name; others go."""
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
    work.chmod(0o755)
    arrays = {name: getattr(index, name) for name in ARRAYS}
    arrays["ids"] = np.array(index.ids, dtype=np.str_)
    manifest = {
        "format_version": FORMAT_VERSION,
        "fingerprint_version": FINGERPRINT_VERSION,
        "counts": {"tracks": len(index.ids), "keys": len(index.keys)},
        "sha256": {name: write_array(work, name, array) for name, array in arrays.items()},
    }
    text = json.dumps(manifest, indent=1)
    (work / MANIFEST).write_text(text, encoding="utf-8")
    version = f"fingerprints-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    publish(work, folder, version)
    _forget_others(folder, version)
    return version


def load_index(folder: Path) -> Index:
    """The current index of `folder`; its arrays stay on disk until they are read.

    Raises `ArtifactError` if there is none, it is of another version, or a file is missing or
    changed.
    """
    version = current_version(folder)
    if version is None:
        raise ArtifactError(f"No index has been saved in {folder} yet.")
    home = folder / version
    try:
        manifest: dict[str, Any] = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError) as error:
        raise ArtifactError(f"The index {version} has no readable manifest.") from error
    versions = manifest.get("format_version"), manifest.get("fingerprint_version")
    if versions != (FORMAT_VERSION, FINGERPRINT_VERSION):
        raise ArtifactError(f"The index {version} is of versions {versions}; build it anew.")
    arrays = {name: read_array(home, name, sha) for name, sha in manifest["sha256"].items()}
    return Index(tuple(arrays.pop("ids").tolist()), **arrays)


def _forget_others(folder: Path, serving: str) -> None:
    """What a process still reads stays readable for it until it lets go."""
    for path in folder.glob("fingerprints-*"):
        if path.name != serving:
            shutil.rmtree(path, ignore_errors=True)
