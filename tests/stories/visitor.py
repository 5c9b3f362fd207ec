"""A person with a browser and no script: signs in with the forms, plays through the API."""

from __future__ import annotations

import re
import threading
from typing import Any

import requests

from tests.builders import PASSWORD


class Visitor:
    """One session with its cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str, status: int = 200) -> requests.Response:
        answer = self.session.get(self.url + path, timeout=30)
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}"
        return answer

    def send(
        self, path: str, form: str = "", files: Any = None, **fields: Any
    ) -> requests.Response:
        """Submit the form of the page `form` (or of `path` itself) with its token."""
        page = self.get(form or path).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, f"no form on {form or path}"
        answer = self.session.post(
            self.url + path,
            data={"csrfmiddlewaretoken": token[1], **fields},
            files=files,
            headers={"Referer": self.url},
            timeout=60,
        )
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def log_in(self, email: str) -> None:
        self.send("/login", username=email, password=PASSWORD)

    def post(self, path: str, status: int, **body: Any) -> Any:
        """A call of the API."""
        answer = self.session.post(
            f"{self.url}/api/v1/{path}",
            json=body,
            headers={"X-CSRFToken": self.session.cookies.get("csrftoken", ""), "Referer": self.url},
            timeout=30,
        )
        assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def listen(self, track: str, seconds: float) -> Any:
        """Play for so long as a player does: sound flows, a heartbeat every second."""
        quote = self.post("quotes", 201, track=track)
        stream = self.post("streams", 201, quote=quote["id"])
        sound = threading.Thread(target=self._drink, args=(stream["audio_url"],), daemon=True)
        sound.start()
        told = self.post(f"streams/{stream['id']}/heartbeat", 200, played_seconds=0)
        pause = threading.Event()
        for _ in range(round(seconds)):
            pause.wait(1.0)
            told = self.post(f"streams/{stream['id']}/heartbeat", 200, played_seconds=1.1)
        self.post(f"streams/{stream['id']}/stop", 204)
        sound.join(30)
        return told

    def _drink(self, path: str) -> None:
        with requests.get(self.url + path, stream=True, timeout=60) as answer:
            for _ in answer.iter_content(65_536):
                pass
