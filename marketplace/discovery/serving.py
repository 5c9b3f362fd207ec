"""The model that answers in this process: loaded once, swapped when a newer one is in place."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import numpy as np
from django.conf import settings

from marketplace.discovery import shared
from recommender import artifacts
from recommender.errors import ArtifactError
from recommender.model import Model


class _Loaded(NamedTuple):
    name: str
    model: Model
    trained_at: datetime | None


_NOTHING = _Loaded("", Model((), np.zeros(0, np.float32), {}), None)
_loaded = _NOTHING
_damaged = ""  # the version that could not be read, and is not read again for each request


def version() -> str:
    """The name of the model that would answer now; empty before the first training."""
    shared.look(shared.MODELS)
    return artifacts.current_version(settings.MODELS_ROOT) or ""


def current() -> Model:
    """The newest trained model; before the first training, one that knows nothing."""
    return _newest().model


def trained_at() -> datetime | None:
    """When the model that answers was trained: it knows nobody whose first play came later."""
    return _newest().trained_at


def _newest() -> _Loaded:
    global _loaded, _damaged
    shared.look(shared.MODELS)
    name = artifacts.current_version(settings.MODELS_ROOT)
    if name == _loaded.name:
        return _loaded
    damaged = shared.damaged(shared.MODELS)
    if not name and not damaged:  # none is trained in this folder, whatever another one had
        return _NOTHING
    if not name or name == _damaged == damaged:
        return _loaded
    try:
        _loaded = _whole(name)
        shared.trust(shared.MODELS, name)
    except ArtifactError:  # or the folder was swapped while it was read: the old one still answers
        shared.distrust(shared.MODELS, name)
        _damaged = name
        if _loaded is _NOTHING:
            _loaded = _last_whole(name)
    return _loaded


def _last_whole(but: str) -> _Loaded:
    """The newest version of this machine's folder that can be read, without one that can't."""
    for name in reversed(artifacts.versions(settings.MODELS_ROOT)):
        with suppress(ArtifactError):
            if name != but:
                return _whole(name)
    return _NOTHING


def _whole(name: str) -> _Loaded:
    """A version of this machine's folder. Raises ArtifactError."""
    model = artifacts.load(settings.MODELS_ROOT, name)
    at = artifacts.manifest_of(settings.MODELS_ROOT, name)["trained_at"]
    return _Loaded(name, model, datetime.fromisoformat(at))
