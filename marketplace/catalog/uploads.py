"""An upload becomes a waiting track, and a worker is rung for it."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from marketplace.catalog import covers, intake, naming_artists, tasks
from marketplace.catalog.forms import UploadForm
from marketplace.catalog.models import Artist, Track
from marketplace.celery import ring
from marketplace.problems import Problem, TooMany
from marketplace.users import throttle
from marketplace.users.models import User


class CoverRefused(Problem):
    """The picture is at fault, not the recording."""

    code = "cover"


def upload(form: UploadForm, user: User, at: datetime) -> Track:
    """Store a valid form's recording and cover.

    Raises:
        TooMany: this login has sent as many as it may in an hour.
        Problem: an empty or too large file, a known one, a cover that is no picture; nothing stays.
        StoreAway: there is nowhere to keep it just now; nothing stays.
    """
    _take_one(user)
    data = form.cleaned_data
    audio: UploadedFile[bytes] = data["audio"]
    cover = _made_safe(data["cover"]) if data["cover"] else None
    with transaction.atomic():
        track = intake.take(
            audio.chunks(),
            intake.Intake(
                file_name=audio.name or "recording",
                title=data["title"],
                artist=data["artist"],
                album=data["album"],
                genre=data["genre"],
                uploaded_by=user,
                draft=form.stored_draft(),
            ),
            at,
        )
        if cover is not None:
            covers.keep(track, cover)
            track.save(update_fields=["cover", "cover_format"])
        transaction.on_commit(lambda: ring(tasks.analyse, str(track.pk)))
    return track


def _take_one(user: User) -> None:
    try:
        throttle.take(throttle.UPLOAD, str(user.pk))
    except throttle.TooManyTries as refused:
        words = f"You have sent {throttle.UPLOAD.tries} recordings within the hour."
        words += f" Send the next one {refused.words}; what you wrote here stays."
        raise TooMany(words, refused.wait_seconds) from None


def _made_safe(picture: UploadedFile[bytes]) -> bytes:
    try:
        return covers.made_safe(picture.file)  # type: ignore[arg-type]
    except Problem as error:
        raise CoverRefused(error.detail) from None


@transaction.atomic
def ensure_artist(user: User, at: datetime) -> None:
    """An artist's login that has no artist yet publishes under its own name, with a number where
    another artist's looks like it.
    """
    if user.role != User.Role.ARTIST or user.artists.exists():
        return
    User.objects.select_for_update().get(pk=user.pk)  # two first visits at once make one artist
    if not Artist.objects.filter(user=user).exists():
        name = naming_artists.free_name(user.name)
        Artist.objects.create(name=name, user=user, party=user.party, created_at=at)
