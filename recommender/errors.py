"""What can go wrong in this package: one root class, each message one clear sentence with the
offending value.
"""


class RecommenderError(Exception):
    """Root of every error that `recommender` raises on purpose."""


class AudioError(RecommenderError):
    """A recording can't be decoded or described: broken, silent, too short or too long."""


class DataError(RecommenderError):
    """Plays, features or a table can't be used: malformed, contradictory or empty."""


class ArtifactError(RecommenderError):
    """A stored model is missing, of another version, or doesn't match its manifest."""
