"""Colours of the covers and the few shapes they are drawn with."""

import math
from typing import NamedTuple


class Palette(NamedTuple):
    """Four flat inks: the paper, the main shape, what lights it, and the line."""

    ground: str
    main: str
    light: str
    line: str


PALETTES = (
    Palette("#F2E6D0", "#D1495B", "#EDAE49", "#1F2A44"),
    Palette("#12343B", "#E8A87C", "#F6E7CB", "#C3423F"),
    Palette("#25283D", "#EF7B45", "#F4E4C9", "#8FB8DE"),
    Palette("#E9DCC3", "#2F5D50", "#E2A13B", "#1C2B27"),
    Palette("#6C1D2C", "#F0B75E", "#F7E8CF", "#2A0E14"),
    Palette("#0E3B5C", "#F3C53C", "#F1EEE2", "#D9583B"),
    Palette("#F4C6BC", "#8E2F4A", "#FBF1E4", "#2C1A22"),
    Palette("#DDE3D2", "#3C6E71", "#F1A65A", "#17302F"),
    Palette("#F0C24B", "#15466B", "#F8EED5", "#C8452F"),
    Palette("#1D1A16", "#E4572E", "#F1E7D3", "#8C8475"),
    Palette("#3B3355", "#E0909C", "#F5E2C8", "#5DA9A4"),
    Palette("#C9D6DF", "#33507A", "#F7F3E7", "#E2734B"),
    Palette("#2B4B3C", "#D9B44A", "#F2EAD3", "#A43E2C"),
    Palette("#E6D3B8", "#7A4B2A", "#F8F0E0", "#2E4B5A"),
)


def blend(first: str, second: str, share: float) -> str:
    """A colour between two, as #RRGGBB."""
    pairs = zip(_channels(first), _channels(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def brighter(first: str, second: str) -> str:
    """The one of two colours that shines more (ITU-R BT.709 luma weights)."""
    weights = (0.2126, 0.7152, 0.0722)
    lumas = [
        sum(w * c for w, c in zip(weights, _channels(x), strict=True)) for x in (first, second)
    ]
    return first if lumas[0] >= lumas[1] else second


def number(value: float) -> str:
    """Two digits are enough in a box of 100."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def circle(x: float, y: float, radius: float, fill: str) -> str:
    """A disc."""
    return f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="{fill}"/>'


def ring(x: float, y: float, radius: float, width: float, stroke: str) -> str:
    """A circle's outline."""
    return (
        f'<circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}" fill="none" '
        f'stroke="{stroke}" stroke-width="{number(width)}"/>'
    )


def rectangle(x: float, y: float, width: float, height: float, fill: str, corner: float = 0) -> str:
    """An upright rectangle."""
    rounded = f' rx="{number(corner)}"' if corner else ""
    return (
        f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}"{rounded} fill="{fill}"/>'
    )


def polygon(points: list[tuple[float, float]], fill: str) -> str:
    """A filled outline of straight edges."""
    path = "L".join(f"{number(x)} {number(y)}" for x, y in points)
    return f'<path d="M{path}Z" fill="{fill}"/>'


def line(path: str, stroke: str, width: float) -> str:
    """A stroked path with round ends."""
    return (
        f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{number(width)}" '
        'stroke-linecap="round"/>'
    )


def polar(x: float, y: float, radius: float, degrees: float) -> tuple[float, float]:
    """A point around another; 0 degrees points right, 90 down."""
    angle = math.radians(degrees)
    return x + radius * math.cos(angle), y + radius * math.sin(angle)
