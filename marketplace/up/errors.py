"""What can go wrong while starting: every message is one sentence that names the cause and the
way out.
"""


class UpError(Exception):
    """Refrain can't be started, or a part of it can't; the message is meant for a person."""
