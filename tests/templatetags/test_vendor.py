"""What was fetched from npm is what is served: every file's hash stands in vendor.json."""

import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings

FOLDERS = ["marketplace/static/vendor", "tests/browser/vendor"]
OURS = {"vendor.json", "build.py"}
LICENCES = {"0BSD", "ISC", "MIT", "OFL-1.1", "MPL-2.0"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_vendored_files_match_their_hashes(folder: str) -> None:
    path = Path(settings.BASE_DIR) / folder
    listed: dict[str, str] = {}
    for package in json.loads((path / "vendor.json").read_text()):
        assert package["licence"] in LICENCES
        listed |= package["files"]
    assert {file.name for file in path.iterdir() if file.is_file()} - OURS == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((path / name).read_bytes()).hexdigest() == digest, name
