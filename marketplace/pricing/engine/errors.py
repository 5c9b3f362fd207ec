"""The one error of the pricing engine; its text is a sentence a caller can show."""


class PricingError(ValueError):
    """Raised with the offending value when settings, feeds or stored state make no sense."""
