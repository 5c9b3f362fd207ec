"""Command lines whose mistakes are told in one sentence."""

import argparse
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Ends with 2 and one sentence, without the usage, where arguments make no sense."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message[:1].upper()}{message[1:]}.\n")
