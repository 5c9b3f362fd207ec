"""`python -m tests.benchmarks.features`: how fast recordings are described, beside librosa.

Songs of the demo as files, decoded and described in this process on one thread; the same files
decoded and described by librosa's usual functions, each asked on its own. With `--data FOLDER` of
recordings, one folder a source: by which of both a source is told apart better.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")  # before numpy is loaded

import librosa
import numpy as np
import soundfile
import soxr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from marketplace.demo.compose.catalogue import catalogue
from marketplace.demo.compose.waves import SAMPLE_RATE_HZ
from recommender import audio, features
from recommender.errors import AudioError
from recommender.sound import Floats

RATE_HZ = features.SAMPLE_RATE_HZ
FORMATS = (
    "22.05 kHz mono wav",
    "22.05 kHz mono flac",
    "44.1 kHz stereo flac",
    "44.1 kHz stereo ogg",
)
FOLDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--songs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each song")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path, help="folder of folders of recordings")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        written = write(Path(folder), options.songs, options.seconds, options.seed)
        print(
            f"{options.songs} songs of {options.seconds:g} s, seed {options.seed}, median of"
            f" {options.repeats}: times real time, by CPU"
        )
        print(f"{'':24}{'decode':>9}{'ours':>9}{'librosa':>9}{'ratio':>7}")
        for name, files in written.items():
            told(name, files, options.repeats)
    starts = sorted(start_seconds() for _ in range(options.repeats))
    print(f"a process that has described its first sound: {starts[len(starts) // 2]:.2f} CPU s")
    if options.data:
        told_apart(options.data, options.seed)
    return 0


def write(folder: Path, songs: int, seconds: float, seed: int) -> dict[str, list[Path]]:
    """The first songs of the demo, in each of FORMATS."""
    written: dict[str, list[Path]] = {name: [] for name in FORMATS}
    for number, song in enumerate(catalogue(seed)[:songs]):
        stereo = song.render(seconds)
        mono = soxr.resample(stereo.mean(axis=1), SAMPLE_RATE_HZ, RATE_HZ)
        for name in FORMATS:
            signal, rate = (mono, RATE_HZ) if "mono" in name else (stereo, SAMPLE_RATE_HZ)
            path = folder / f"{number}-{rate}.{name.rpartition(' ')[2]}"
            with soundfile.SoundFile(path, "w", rate, 1 if signal.ndim == 1 else 2) as sound:
                for start in range(0, len(signal), 8_192):  # libvorbis fails on long blocks
                    sound.write(signal[start : start + 8_192])
            written[name].append(path)
    return written


def told(name: str, files: Sequence[Path], repeats: int) -> None:
    seconds = sum(audio.decode(file).seconds for file in files)
    ways: list[Callable[[Path], object]] = [
        audio.decode,
        lambda file: features.describe(*audio.decode(file)),
        lambda file: usual(_at_rate(file)),
    ]
    rates = []
    for way in ways:
        way(files[0])  # what is loaded and compiled at the first call
        taken = []
        for _ in range(repeats):
            started = process_time()
            for file in files:
                way(file)
            taken.append(process_time() - started)
        rates.append(seconds / statistics.median(taken))
    decode, ours, theirs = rates
    print(f"{name:24}{decode:9,.0f}{ours:9,.0f}{theirs:9,.0f}{ours / theirs:7.1f}", flush=True)


def start_seconds() -> float:
    """CPU seconds of a new interpreter until the template of analyses is ready."""
    code = "from marketplace.catalog.analysis.warm import ready; ready()"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def usual(signal: Floats) -> Floats:
    """What is usually asked of librosa, mean and deviation of each, with its own defaults but for
    the tuning, which it is given.
    """
    y: dict[str, Any] = {"y": signal, "sr": RATE_HZ}
    feature = librosa.feature
    found = [
        feature.mfcc(**y, n_mfcc=20),
        feature.chroma_stft(**y, tuning=0.0),
        feature.spectral_contrast(**y),
        feature.spectral_centroid(**y),
        feature.spectral_bandwidth(**y),
        feature.spectral_rolloff(**y),
        feature.spectral_flatness(y=signal),
        feature.rms(y=signal),
        feature.zero_crossing_rate(signal),
    ]
    tempo = feature.tempo(**y)
    columns = [statistic(one, axis=1) for one in found for statistic in (np.mean, np.std)]
    return np.concatenate([*columns, np.log2(tempo)]).astype(np.float32)


def told_apart(data: Path, seed: int) -> None:
    """Accuracy of the source by five folds of a logistic regression, by both descriptions."""
    sources = [folder for folder in sorted(data.iterdir()) if folder.is_dir()]
    ours, theirs, labels = [], [], []
    for label, source in enumerate(sources):
        for file in sorted(source.rglob("*")):
            if file.suffix.lower() not in audio.SUFFIXES:
                continue
            try:
                signal = _at_rate(file)
                ours.append(features.describe(signal, RATE_HZ).vector)
            except AudioError:
                continue
            theirs.append(usual(signal))
            labels.append(label)
    y = np.array(labels)
    kept = np.isin(y, np.flatnonzero(np.bincount(y) >= FOLDS))
    print(f"Source told apart, {FOLDS} folds, n = {kept.sum()} of {len(set(y[kept]))} sources:")
    for name, rows in (("ours", ours), ("librosa's usual set", theirs)):
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2_000))
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        right = cross_val_score(model, np.array(rows)[kept], y[kept], cv=folds)
        print(f"  {name:22}{right.mean():6.1%} (folds {right.min():.1%} to {right.max():.1%})")


def _at_rate(file: Path) -> Floats:
    signal = audio.decode(file)
    if signal.sample_rate_hz == RATE_HZ:
        return signal.samples
    return np.asarray(soxr.resample(signal.samples, signal.sample_rate_hz, RATE_HZ, quality="MQ"))


if __name__ == "__main__":
    raise SystemExit(main())
