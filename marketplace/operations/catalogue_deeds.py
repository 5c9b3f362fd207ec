"""What an operator may do to songs and artists, each with its line in the log (`deeds`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from marketplace.catalog import (
    correcting,
    disputes,
    presenting,
    processing,
    publishing,
    withdrawing,
)
from marketplace.catalog.models import Artist, Correction, Resemblance, Track
from marketplace.operations.deeds import note
from marketplace.users.models import User

NAME_LENGTH = 60


@transaction.atomic
def assign(user: User, artist: Artist, owner: User, at: datetime) -> None:
    """Give an unclaimed artist to a login.

    Raises:
        Conflict: somebody has it already
    """
    publishing.assign(artist, owner)
    note(user, at, f"Gave the artist {artist.name} to {owner.email}.")


@transaction.atomic
def decide(user: User, dispute: Resemblance, allowed: bool, answer: str, at: datetime) -> None:
    """Answer whoever disputes that an upload is a copy.

    Raises:
        Conflict: it is decided already
    """
    disputes.decide(dispute, allowed, answer, at)
    did = "Let" if allowed else "Refused"
    name = dispute.upload.title[:NAME_LENGTH]
    note(user, at, f"{did} the disputed upload {name}{' go on sale' if allowed else ''}: {answer}")


@transaction.atomic
def take_off_sale(user: User, track: Track, reason: str, at: datetime) -> None:
    """Take a song off sale, for everybody's eyes with the reason.

    Raises:
        Conflict: it is off sale already
    """
    withdrawing.withdraw(track, user, reason, at)
    note(user, at, f"Took {track.title[:NAME_LENGTH]} off sale: {reason}")


@transaction.atomic
def bring_back(user: User, track: Track, at: datetime) -> None:
    """Put a song on sale again.

    Raises:
        Conflict: it is on sale already
    """
    withdrawing.bring_back(track, user, at)
    note(user, at, f"Put {track.title[:NAME_LENGTH]} on sale again.")


@transaction.atomic
def correct_song(
    user: User, track: Track, details: correcting.Details, at: datetime
) -> Correction | None:
    """Change what a song is called, or its cover; None where nothing is different.

    Raises:
        Conflict: somebody else changed it since
    """
    made = correcting.correct(track, details, user, at)
    if made is not None:
        note(user, at, f"Corrected {track.title[:NAME_LENGTH]}: {_in_words(made)}")
    return made


@transaction.atomic
def present(
    user: User, artist: Artist, new: presenting.Presentation, at: datetime
) -> Correction | None:
    """Change what an artist's page says of them; None where nothing is different.

    Raises:
        Conflict: somebody else changed it since
    """
    made = presenting.present(artist, new, user, at)
    if made is not None:
        note(user, at, f"Changed the page of {artist.name[:NAME_LENGTH]}: {_in_words(made)}")
    return made


@transaction.atomic
def try_again(user: User, pk: UUID, at: datetime) -> Track:
    """Have a failed file analysed again.

    Raises:
        Conflict: it has not failed, or nothing of it was kept
    """
    track = processing.try_again(pk)
    note(user, at, f"Had {track.file_name} analysed again.")
    return track


def _in_words(made: Correction) -> str:
    """What was changed, from what, to what."""
    return "; ".join(
        f"{what} from “{before[:NAME_LENGTH]}” to “{after[:NAME_LENGTH]}”"
        for what, before, after in made.changes
    )
