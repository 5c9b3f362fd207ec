"""The model that answers in this process: loaded once, swapped when a newer one is in place."""

from __future__ import annotations

from django.conf import settings

from recommender import artifacts
from recommender.errors import ArtifactError
from recommender.model import Model, empty_model

_loaded: tuple[str, Model] = ("", empty_model(()))


def current() -> Model:
    """The newest trained model; before the first training, one that knows nothing."""
    global _loaded
    try:
        name = artifacts.current(settings.MODELS_ROOT)
        if name and name != _loaded[0]:
            _loaded = (name, artifacts.load(settings.MODELS_ROOT))
    except ArtifactError:  # the folder was swapped while it was read: the old one still answers
        return _loaded[1]
    return _loaded[1]
