"""Analyses forked from one warm start: the same results, as confined, each on its own."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from marketplace.catalog.analysis import AnalysisError, Code, Limits, analyse
from marketplace.catalog.analysis.run import ERRORS_FILE, PROJECT_ROOT
from marketplace.catalog.analysis.warm import Template
from tests.catalog.analysis import recordings


@pytest.fixture(scope="module")
def template() -> Iterator[Template]:
    with Template() as warm:
        yield warm


def test_a_warm_start_hears_what_a_cold_one_does(template: Template, tmp_path: Path) -> None:
    path = recordings.write(tmp_path / "song.flac", recordings.music(6.0))
    warm = template.analyse(path, tmp_path / "warm", name="A - B.flac")
    cold = analyse(path, tmp_path / "cold", name="A - B.flac")
    np.testing.assert_array_equal(warm.features, cold.features)
    assert (warm.pcm_sha256, warm.tags) == (cold.pcm_sha256, cold.tags)
    assert warm.rendition.path.read_bytes() == cold.rendition.path.read_bytes()
    assert [file.name for file in (tmp_path / "warm").iterdir()] == ["rendition.mp3"]


def test_refusals_and_ends_of_time_do_not_spoil_the_next(
    template: Template, tmp_path: Path
) -> None:
    words = tmp_path / "words.mp3"
    words.write_text("These are words, not music.\n" * 40)
    long = recordings.write(tmp_path / "long.flac", recordings.music(120.0))
    song = recordings.write(tmp_path / "song.flac", recordings.music(6.0))
    for path, limits, code in (
        (words, Limits(), Code.TEXT),
        (long, Limits(cpu_seconds=1), Code.TOO_HEAVY),
        (long, Limits(wall_seconds=0.2), Code.TOO_HEAVY),
    ):
        with pytest.raises(AnalysisError) as caught:
            template.analyse(path, tmp_path / "out", limits)
        assert caught.value.code == code
        assert list((tmp_path / "out").iterdir()) == []
        assert template.analyse(song, tmp_path / "next").seconds == 6.0


def test_a_forked_child_inherits_no_open_file_and_can_be_confined(tmp_path: Path) -> None:
    script = f"""
import os, socket
from marketplace.catalog.analysis import Limits, child, warm
from marketplace.catalog.analysis.confine import confine

def attempt(request):
    confine(Limits(), request["parent_pid"])
    print(*os.listdir("/proc/self/fd"), file=open({str(tmp_path / "files")!r}, "w"))
    socket.socket()

mine = open({__file__!r})
child.main = attempt
print(warm.fork({{"out": {str(tmp_path)!r}}}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
    assert "PermissionError" in (tmp_path / ERRORS_FILE).read_text()
    assert (tmp_path / "files").read_text().split() == ["0", "1", "2", "3"], "3 is the listing's"
