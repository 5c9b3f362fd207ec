"""The style guide as a site of its own, answered inside the browser: real templates, static files,
content policy and player, with the stream API played by `Api`.

For what a page does by itself. That the real API answers so is shown by the stories.
"""

import io
import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import soundfile
from csp.utils import build_policy
from django.contrib.staticfiles import finders
from django.forms.utils import ErrorDict, ErrorList
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from playwright.sync_api import BrowserContext, Route

from marketplace import styleguide
from marketplace.discovery.searching import Group, Hit, highlighted
from marketplace.users.forms import SignUpForm
from marketplace.users.frame import Place
from marketplace.users.models import User

ORIGIN = "http://refrain.test"
PLACES = [("Home", "house", "/"), ("Songs", "disc-3", "/songs"), ("Wallet", "receipt", "/wallet")]
PRICE_MICROS = 9_400
COUNTING_SECONDS = 2
HEAD_SECONDS = 4
DURATION_SECONDS = 60
LATE_SECONDS = (40, 50)  # until a play counts and a head ends, if a test says so
STATUSES = {"/wrong": 422, "/broken": 500}
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml", "woff2": "font/woff2"}


@dataclass
class Api:
    """The stream API as its contract says; `refusals` answer the next call of that name instead."""

    calls: list[tuple[str, Any]] = field(default_factory=list)
    refusals: dict[str, list[tuple[int, dict[str, Any]]]] = field(default_factory=dict)
    heard_seconds: float = 0.0
    n_quotes: int = 0
    signed_in: bool = True
    counting_seconds: int = COUNTING_SECONDS
    head_seconds: int = HEAD_SECONDS
    heartbeat_seconds: float = 5
    liked: set[str] = field(default_factory=set)

    def count_late(self) -> None:
        """No play counts before a test has done what it does meanwhile."""
        self.counting_seconds, self.head_seconds = LATE_SECONDS

    def refuse(self, name: str, status: int, **body: Any) -> None:
        self.refusals.setdefault(name, []).append((status, body))

    def count(self, name: str) -> int:
        return len(self.sent(name))

    def sent(self, name: str) -> list[Any]:
        return [body for called, body in self.calls if called == name]

    def answer(self, path: str, body: str | None) -> tuple[int, dict[str, Any]]:
        name = path.rsplit("/", 1)[1]
        sent = json.loads(body) if body and body.startswith("{") else body
        self.calls.append((name, sent))
        if self.refusals.get(name):
            return self.refusals[name].pop(0)
        answered: tuple[int, dict[str, Any]] = getattr(self, name)(sent)
        return answered

    def quote(self, track_id: str, price_micros: int = PRICE_MICROS) -> dict[str, Any]:
        self.n_quotes += 1
        return {
            "id": f"quote-{self.n_quotes}",
            "price_micros": price_micros,
            "expires_at": "2026-11-17T21:14:11Z",
            "track": self.track(track_id),
        }

    def track(self, track_id: str) -> dict[str, Any]:
        row = next(row for row in styleguide.sample_rows() if row["id"] == track_id)
        facts = {name: row[name] for name in ("id", "title", "cover_url", "peaks")}
        return facts | {
            "artist": {"name": row["artist"], "url": "/songs"},
            "url": "/songs",
            "price_micros": PRICE_MICROS,
            "duration_seconds": DURATION_SECONDS,
            "counting_seconds": self.counting_seconds,
        }

    def sign_up(self, route: Route) -> None:
        """The real form; a name makes an account, without one there is an error beside it."""
        sent = parse_qs(route.request.post_data or "")
        self.calls.append((f"sign-up {route.request.method}", sent))
        form = SignUpForm({key: value[0] for key, value in sent.items()} or None)
        if "name" in sent:
            self.signed_in = True
            route.fulfill(status=200, headers={"HX-Redirect": sent["next"][0]})
            return
        if form.is_bound:  # without its database
            vars(form)["_errors"] = ErrorDict(name=ErrorList(["Write the name."]))
        html = render_to_string(
            "users/join_form.html",
            {"form": form, "next": "/songs?q=tide", "song": "", "csrf_token": "token"},
        )
        route.fulfill(status=422 if form.is_bound else 200, body=html, content_type="text/html")

    def streams(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self.heard_seconds = 0.0
        quote = {} if "quote" in sent else {"quote": self.quote(sent["track"])}
        return 201, quote | {
            "heartbeat_url": "/api/v1/heartbeat?key=k",
            "stop_url": "/api/v1/stop?key=k",
            "audio_url": "/audio.wav",
            "counting_seconds": self.counting_seconds,
            "head_seconds": self.head_seconds,
            "duration_seconds": DURATION_SECONDS,
            "heartbeat_seconds": self.heartbeat_seconds,
        }

    def heartbeat(self, sent: dict[str, float]) -> tuple[int, dict[str, Any]]:
        self.heard_seconds += sent["played_seconds"]
        counted = self.heard_seconds >= self.counting_seconds
        return 200, {
            "state": "counted" if counted else "open",
            "heard_seconds": self.heard_seconds,
            "counting_seconds": self.counting_seconds,
            "price_micros": PRICE_MICROS,
            "units": 24 if counted else None,
            "spent_today_micros": 14_210,
            "available_micros": 6_400_000,
            "held_micros": 0 if counted else PRICE_MICROS,
            "cap_left_micros": 300_000,
            "message": None,
        }

    def radio(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        rows = [one for one in styleguide.sample_rows() if one["id"] not in sent["heard"]]
        facts = ("id", "title", "artist", "cover_url", "price_micros")
        tracks = [{name: row[name] for name in facts} | {"why": "Close in sound"} for row in rows]
        return 200, {"tracks": tracks}

    def stop(self, sent: object) -> tuple[int, dict[str, Any]]:
        return 200, {}


def serve(context: BrowserContext, api: Api) -> None:
    """Answer every request of this browser context from here."""

    def handle(route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.endswith("/head"):
            api.calls.append(("head", None))
            ranged(route, tone(api.head_seconds))
        elif path.startswith("/api/v1/tracks/"):
            route.fulfill(json=api.track(path.rsplit("/", 1)[1]))
        elif path.endswith("/liked"):
            route.fulfill(json={"liked": path.split("/")[2] in api.liked})
        elif path == "/sign-up" and "hx-request" in route.request.headers:
            api.sign_up(route)
        elif path.startswith("/api/"):
            status, body = api.answer(path, route.request.post_data)
            route.fulfill(status=status, json=body)
        elif path.startswith("/static/"):
            static(route, path.removeprefix("/static/"))
        elif path == "/audio.wav":
            ranged(route, tone(DURATION_SECONDS))
        elif path == "/search":
            found(route)
        else:
            policy = {"Content-Security-Policy": build_policy()}
            status = STATUSES.get(path, 200)
            html = render_to_string("500.html") if status == 500 else page(path, api.signed_in)
            route.fulfill(status=status, body=html, content_type="text/html", headers=policy)

    context.route("**/*", handle)


@cache
def page(path: str, signed_in: bool) -> str:
    """The style guide as drawn for one listener at `path`, once: that takes longer than a test."""
    listener = User(pk=7, name="Listener", email="listener@example.com")
    return render_to_string(
        "styleguide.html",
        styleguide.context()
        | {
            "user": listener if signed_in else None,
            "places": tuple(Place(label, icon, url, url == path) for label, icon, url in PLACES),
            "purse": {
                "available_micros": 6_413_333,
                "spent_month_micros": 142_100,
                "cap_micros": 500_000,
            },
            "csrf_token": "token",
        },
    )


def found(route: Route) -> None:
    """Instant search over the sample songs: `broken` fails, `qqq` finds nothing."""
    query = parse_qs(urlsplit(route.request.url).query)["q"][0]
    song = styleguide.sample_rows()[0]
    hit = Hit("/tracks/one", highlighted("Tidewater", query), SafeString("Odd Harbour"))
    track = {"pk": song["id"], "title": song["title"], "artist": {"name": song["artist"]}}
    groups = [
        Group("Songs", [replace(hit, track=track, price_micros=PRICE_MICROS)]),  # type: ignore[arg-type]
        Group("Artists", [replace(hit, url="/artists/one")]),
    ]
    context = {"query": query, "groups": groups if query != "qqq" else []}
    html = render_to_string("discovery/search.html", context)
    route.fulfill(status=500 if query == "broken" else 200, body=html, content_type="text/html")


def static(route: Route, name: str) -> None:
    found = finders.find(name)
    if not isinstance(found, str):
        route.fulfill(status=404)
        return
    route.fulfill(path=found, content_type=TYPES[name.rsplit(".", 1)[1]])


def ranged(route: Route, sound: bytes) -> None:
    wanted = route.request.headers.get("range", "bytes=0-").removeprefix("bytes=")
    start = int(wanted.partition("-")[0])
    route.fulfill(
        status=206,
        body=sound[start:],
        content_type="audio/wav",
        headers={
            "Accept-Ranges": "bytes",
            "Content-Range": f"bytes {start}-{len(sound) - 1}/{len(sound)}",
        },
    )


@cache
def tone(seconds: int) -> bytes:
    """A quiet sine as a wav file."""
    rate = 8_000
    wave = 0.05 * np.sin(2 * np.pi * 220 * np.arange(rate * seconds) / rate)
    file = io.BytesIO()
    soundfile.write(file, wave.astype(np.float32), rate, format="WAV")
    return file.getvalue()
