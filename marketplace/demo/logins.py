"""The logins that a demo prints and the sign-in page offers; nothing else is imported for them."""

from dataclasses import dataclass

PASSWORD = "refrain-demo"
ARTIST_NAME = "Ilse Vardenholm"
LABEL_NAME = "Lantern Row"


@dataclass(frozen=True)
class Login:
    role: str
    email: str
    name: str


LOGINS = (
    Login("listener", "listener@refrain.demo", "Noor Aldine"),
    Login("artist", "artist@refrain.demo", ARTIST_NAME),
    Login("label", "label@refrain.demo", LABEL_NAME),
    Login("operator", "operator@refrain.demo", "Operator"),
)
