from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "marketplace.pricing"

    def ready(self) -> None:
        from marketplace.pricing import free
        from royalties import invariants

        invariants.join(free.COUNTED)
