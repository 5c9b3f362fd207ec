from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "marketplace.pricing"

    def ready(self) -> None:
        from marketplace.pricing import free, inputs
        from royalties import invariants, priced

        invariants.join(free.COUNTED)
        priced.join(inputs.log)
