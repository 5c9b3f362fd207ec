"""Listening to an uploaded recording: isolated, bounded, and free of Django.

`analyse` is the only door. Nothing a file contains is ever decoded in the calling process.
"""

from marketplace.catalog.analysis.result import (
    Analysis,
    AnalysisError,
    Code,
    Limits,
    Rendition,
    Tags,
)
from marketplace.catalog.analysis.run import analyse

__all__ = ["Analysis", "AnalysisError", "Code", "Limits", "Rendition", "Tags", "analyse"]
