"""The model that answers in this process: loaded once, swapped when a newer one is in place."""

from __future__ import annotations

import numpy as np
from django.conf import settings

from recommender import artifacts
from recommender.errors import ArtifactError
from recommender.model import Model

_loaded: tuple[str, Model] = ("", Model((), np.zeros(0, np.float32), {}))


def version() -> str:
    """The name of the model that would answer now; empty before the first training."""
    return artifacts.current_version(settings.MODELS_ROOT) or ""


def current() -> Model:
    """The newest trained model; before the first training, one that knows nothing."""
    global _loaded
    try:
        name = artifacts.current_version(settings.MODELS_ROOT)
        if name and name != _loaded[0]:
            _loaded = (name, artifacts.load(settings.MODELS_ROOT))
    except ArtifactError:  # the folder was swapped while it was read: the old one still answers
        return _loaded[1]
    return _loaded[1]
