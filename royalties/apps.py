"""The royalty path as one Django app: it knows parties and terms, and no user and no track."""

from django.apps import AppConfig


class RoyaltiesConfig(AppConfig):
    name = "royalties"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from royalties import cheating_checks, failpoints  # noqa: F401  (their system checks)
