"""Listening to an uploaded recording, looking at a picture: isolated, bounded, free of Django.

`analyse`, `hear`, `render` and `square` are the only doors. Nothing a file contains is ever decoded
in the calling process.
"""

from marketplace.catalog.analysis.kinds import Kind
from marketplace.catalog.analysis.result import (
    Analysis,
    AnalysisError,
    Code,
    Limits,
    Rendition,
    Tags,
)
from marketplace.catalog.analysis.run import analyse, hear, render, square

__all__ = [
    "Analysis",
    "AnalysisError",
    "Code",
    "Kind",
    "Limits",
    "Rendition",
    "Tags",
    "analyse",
    "hear",
    "render",
    "square",
]
