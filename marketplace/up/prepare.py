"""`python -m marketplace.up.prepare`: what must be in place before anybody is served.

Tables, static files, contracts and, in a demo, its music and logins. Invariant: every step may run
again at each start. One process for all of them, since Django's start is most of a step's time.
"""

import os
import sys
from pathlib import Path
from typing import TextIO

import django
from django.core.management import CommandError, call_command

from marketplace.up import environment
from marketplace.up.processes import PREPARE_LOG
from marketplace.up.screen import Screen

COMMANDS = (
    ("Tables", ("migrate", "--no-input")),
    ("Static files", ("collectstatic", "--no-input")),
    ("Contracts", ("deploy_contracts",)),
)
DEMO_COMMANDS = (
    ("Demo: thirty songs", ("demo_songs",)),
    ("Demo: fourteen days of listeners", ("demo",)),
)


class Noted:
    """A log that also shows its last line on the screen."""

    def __init__(self, log: TextIO, screen: Screen) -> None:
        self.log, self.screen = log, screen

    def write(self, text: str) -> int:
        if text.strip():
            self.screen.note(text.strip().splitlines()[-1])
        return self.log.write(text)

    def flush(self) -> None:
        self.log.flush()


def main() -> int:
    """Run the steps; 1 and the reason as the log's last line when one fails."""
    logs = environment.home() / "logs"
    with (logs / PREPARE_LOG).open("w") as log:
        os.dup2(log.fileno(), sys.stderr.fileno())  # log records and tracebacks
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    screen = Screen(sys.stdout)
    commands = [*COMMANDS, *DEMO_COMMANDS] if os.environ.get("DEMO") else list(COMMANDS)
    try:
        for name, command in commands:
            with screen.step(name):
                run(command, logs, screen)
    except CommandError as error:
        print(f"`manage.py {command[0]}`: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def run(command: tuple[str, ...], logs: Path, screen: Screen) -> None:
    django.setup()
    with (logs / f"{command[0]}.log").open("w") as log:
        output = Noted(log, screen)
        call_command(*command, stdout=output, stderr=output, no_color=True)


if __name__ == "__main__":
    sys.exit(main())
