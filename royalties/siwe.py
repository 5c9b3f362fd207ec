"""Sign-In with Ethereum: the message a wallet signs to be linked (EIP-4361, version 1).

Pure. The house writes the message and keeps it; a signature of any other text, be it by one
character, is by another address and refused, so there is nothing to parse.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

STATEMENT = (
    "Link this wallet to my Refrain account, so that my money and my units can be sent to it. "
    "Signing this moves nothing and costs nothing."
)


@dataclass(frozen=True)
class Message:
    """What is signed: who asks (`domain`, `uri`), for which chain and account, and until when."""

    domain: str
    address: str  # EIP-55
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    expires_at: datetime
    request_id: str  # the party that the address will belong to

    @property
    def text(self) -> str:
        return "\n".join(
            [
                f"{self.domain} wants you to sign in with your Ethereum account:",
                self.address,
                "",
                STATEMENT,
                "",
                f"URI: {self.uri}",
                "Version: 1",
                f"Chain ID: {self.chain_id}",
                f"Nonce: {self.nonce}",
                f"Issued At: {_moment(self.issued_at)}",
                f"Expiration Time: {_moment(self.expires_at)}",
                f"Request ID: {self.request_id}",
            ]
        )


def _moment(at: datetime) -> str:
    """RFC 3339, to the second below."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
