"""Composed music for the demo: seeded, free of Django, and free of anybody's rights."""

from marketplace.demo.compose.catalogue import Composition, catalogue
from marketplace.demo.compose.covers import cover_for
from marketplace.demo.compose.write import write

__all__ = ["Composition", "catalogue", "cover_for", "write"]
