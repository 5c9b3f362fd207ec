from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "marketplace.pricing"
