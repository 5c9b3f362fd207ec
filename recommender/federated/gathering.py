"""Where the coordinator's rounds meet the nodes' requests: a loopback HTTP server.

A node's request is answered when all members have made theirs, or with 410 when the attempt failed.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from recommender.federated.rounds import Round

STAGES = ("keys", "sums", "seeds")
MOST_BYTES = 8 * 5_000_000


class Meeting:
    """All that threads share: the attempt now open, what came for it, how each stage ended."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.sequence = 0
        self.round: Round | None = None
        self.came: dict[str, dict[str, bytes]] = {}
        self.answers: dict[str, bytes] = {}
        self.void = False
        self.head: str | None = None

    def open(self, asked: Round) -> None:
        with self.changed:
            self.sequence += 1
            self.round, self.void = asked, False
            self.came = {stage: {} for stage in STAGES}
            self.answers = {}
            self.changed.notify_all()

    def gather(self, stage: str, members: Sequence[str], seconds: float) -> Mapping[str, bytes]:
        """What came of the members within that time."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.came[stage]) == len(members), seconds)
            return dict(self.came[stage])

    def answer(self, stage: str, value: Any) -> None:
        with self.changed:
            self.answers[stage] = json.dumps(value).encode()
            self.changed.notify_all()

    def fail(self) -> None:
        with self.changed:
            self.void = True
            self.changed.notify_all()

    def close(self, head: str) -> None:
        with self.changed:
            self.head = head
            self.changed.notify_all()

    def next(self, after: int) -> bytes:
        """The open attempt once it is later than `after`, or the end."""
        with self.changed:
            self.changed.wait_for(lambda: self.head is not None or self.sequence > after)
            if self.head is not None or self.round is None:
                return json.dumps({"head": self.head}).encode()
            told = {"sequence": self.sequence, "round": asdict(self.round)}
            return json.dumps(told).encode()

    def put(self, sequence: int, stage: str, name: str, body: bytes) -> bytes | None:
        """Hand in, and wait for the stage's answer; None where the attempt is over."""
        with self.changed:
            asked = self.round
            if self.sequence != sequence or self.void or asked is None:
                return None
            if name not in asked.members or name in self.came[stage]:
                return None
            self.came[stage][name] = body
            self.changed.notify_all()
            self.changed.wait_for(
                lambda: self.void or self.sequence != sequence or stage in self.answers
            )
            return self.answers.get(stage) if self.sequence == sequence else None


def server_for(meeting: Meeting, host: str, port: int) -> ThreadingHTTPServer:
    """A server of its own threads for one meeting, not yet serving."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = self.path.strip("/").split("/")
            if len(parts) == 2 and parts[0] == "rounds" and parts[1].isdigit():
                return self.tell(meeting.next(int(parts[1])))
            return self.tell(None, 404)

        def do_POST(self) -> None:
            parts = self.path.strip("/").split("/")
            size = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(size) if size <= MOST_BYTES else b""
            if len(parts) != 4 or not parts[1].isdigit() or parts[2] not in STAGES or not body:
                return self.tell(None, 404)
            return self.tell(meeting.put(int(parts[1]), parts[2], parts[3], body))

        def tell(self, told: bytes | None, otherwise: int = 410) -> None:
            body = b"" if told is None else told
            self.send_response(otherwise if told is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing: the log of rounds says what happened."""

    server = ThreadingHTTPServer((host, port), Handler)
    server.daemon_threads = True
    return server
