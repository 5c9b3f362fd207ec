"""The streaming copies of a recording that there can be. Pure."""

from enum import StrEnum


class Kind(StrEnum):
    """Codec and bit rate. Every song has MP3_128; the others are made when they are asked for."""

    MP3_128 = "mp3-128"
    MP3_256 = "mp3-256"
    OPUS_64 = "opus-64"
    OPUS_128 = "opus-128"

    @property
    def codec(self) -> str:
        """`mp3` or `opus`."""
        return self.value.split("-")[0]

    @property
    def bit_rate(self) -> int:
        """Bits a second; of Opus, on average."""
        return int(self.value.split("-")[1]) * 1000

    @property
    def media_type(self) -> str:
        """RFC 6381's name, with the codec where the container leaves it open."""
        return 'audio/mp4; codecs="opus"' if self.codec == "opus" else "audio/mpeg"

    @property
    def file_name(self) -> str:
        """Its name in the track's folder."""
        if self is Kind.MP3_128:
            return "rendition.mp3"
        return f"{self.value}.{'m4a' if self.codec == 'opus' else 'mp3'}"
