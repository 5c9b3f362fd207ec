"""The model that answers in this process: loaded once, swapped when a newer one is in place."""

from __future__ import annotations

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
    global _loaded
    shared.look(shared.MODELS)
    try:
        name = artifacts.current_version(settings.MODELS_ROOT)
        if not name:  # none is trained in this folder, whatever was loaded from another
            return _NOTHING
        if name != _loaded.name:
            at = artifacts.manifest_of(settings.MODELS_ROOT, name)["trained_at"]
            model = _whole(name)
            _loaded = _Loaded(name, model, datetime.fromisoformat(at))
    except (ArtifactError, FileNotFoundError):
        return _loaded  # the folder was swapped while it was read: the old one still answers
    return _loaded


def _whole(name: str) -> Model:
    """A version of this machine's folder. Raises ArtifactError."""
    try:
        return artifacts.load(settings.MODELS_ROOT, name)
    except ArtifactError:
        shared.distrust(shared.MODELS, name)
        raise
