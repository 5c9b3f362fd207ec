"""Prices learned from what listeners accept. Pure numpy; no listener is ever known here."""

from marketplace.pricing.engine.engine import Engine
from marketplace.pricing.engine.errors import PricingError
from marketplace.pricing.engine.explain import Explanation
from marketplace.pricing.engine.settings import Settings

__all__ = ["Engine", "Explanation", "PricingError", "Settings"]
