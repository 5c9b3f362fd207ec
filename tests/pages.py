"""A page as a test reads it."""

from django.test import Client


def page(client: Client, url: str = "/", status: int = 200) -> str:
    """What stands there, answered with the status that is expected."""
    answer = client.get(url)
    assert answer.status_code == status, url
    return answer.content.decode()
