"""Where recordings and pictures lie, as one setting says it: a folder or a bucket."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

FOLDER = "marketplace.media.folder.Folder"
BUCKET = "marketplace.media.bucket.Bucket"
# What an address may say of its bucket, and what django-storages calls it. Keys are no part of an
# address: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or the machine.
OPTIONS = {"endpoint": "endpoint_url", "region": "region_name"}


class BadAddress(ValueError):
    """One sentence on what is wrong with it."""


def storages_of(address: str) -> dict[str, dict[str, Any]]:
    """Django's STORAGES for all that machines share. Raises BadAddress."""
    return {
        "default": storage_of(address),
        "bundles": storage_of(address, "BUNDLES_ROOT", "bundles"),
    }


def storage_of(address: str, root: str = "MEDIA_ROOT", within: str = "") -> dict[str, Any]:
    """Django's entry in STORAGES for an address; empty for the folder that the setting names.

    `within` is a folder of the bucket, below the address's own.

    >>> storage_of("s3://songs/eu?endpoint=http://localhost:9000")["OPTIONS"]["bucket_name"]
    'songs'

    Raises:
        BadAddress
    """
    if not address:
        return {"BACKEND": FOLDER, "OPTIONS": {"root": root}}
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "s3" or not parts.netloc or "@" in parts.netloc:
        raise BadAddress(
            f"MEDIA_STORAGE is {address!r}: write s3://bucket or s3://bucket/folder?endpoint=...,"
            " or leave it out for a folder of this machine."
        )
    said = dict(parse_qsl(parts.query, keep_blank_values=True))
    if unknown := sorted(said.keys() - OPTIONS.keys()):
        raise BadAddress(
            f"MEDIA_STORAGE knows {', '.join(OPTIONS)} after its bucket, not {', '.join(unknown)}."
        )
    options = {OPTIONS[name]: value for name, value in said.items()}
    location = "/".join(filter(None, (parts.path.strip("/"), within)))
    options |= {"bucket_name": parts.netloc, "location": location}
    return {"BACKEND": BUCKET, "OPTIONS": options}
