"""Static files under names that carry their hash, the modules' imports of each other included."""

from functools import lru_cache

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    support_js_module_import_aggregation = True

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # a page names the icons' sheet a hundred times; names change only with a new start
        self.url = lru_cache(maxsize=1024)(super().url)
