"""Cover drawings of pure shape: steps, wings, discs, keys, tiles, rings, dots, ribbons."""

import math

import numpy as np

from marketplace.demo.compose.palette import (
    Palette,
    blend,
    circle,
    line,
    number,
    polar,
    polygon,
    rectangle,
    ring,
)


def stairs(palette: Palette, rng: np.random.Generator) -> str:
    """Stacked cubes, a few of them lit."""
    side = float(rng.choice((12.5, 16.7)))
    high = side * 0.577
    tones = (palette.main, blend(palette.main, palette.line, 0.55), palette.line)
    lit = (
        palette.light,
        blend(palette.light, palette.main, 0.45),
        blend(palette.main, palette.line, 0.3),
    )
    slope = int(rng.choice((-1, 1)))
    parts = []
    for row in range(-1, int(100 / (6 * high)) + 2):
        for column in range(-1, int(100 / (2 * side)) + 2):
            for half in (0, 1):
                x = (2 * column + half) * side
                y = (2 * row + half) * 3 * high
                on = (column * 2 * slope + row * 2 + half) % 5 == 0 and rng.random() < 0.75
                parts.append(_cube(x, y, side, high, lit if on else tones))
    return "".join(parts)


def _cube(x: float, y: float, side: float, high: float, tones: tuple[str, str, str]) -> str:
    top = [(x, y), (x + side, y - high), (x + 2 * side, y), (x + side, y + high)]
    left = [(x, y), (x + side, y + high), (x + side, y + 3 * high), (x, y + 2 * high)]
    right = [(px if px > x else x + 2 * side, py) for px, py in left]
    return "".join(
        polygon(face, tone) for face, tone in zip((top, left, right), tones, strict=True)
    )


def wing(palette: Palette, rng: np.random.Generator) -> str:
    """Long blades fanned from a corner, with a sharp disc behind."""
    flip = bool(rng.integers(2))
    x, y = (rng.uniform(4, 16), rng.uniform(84, 96))
    parts = [circle(rng.uniform(56, 70), rng.uniform(28, 40), rng.uniform(17, 23), palette.light)]
    blades = int(rng.integers(9, 13))
    for i in range(blades):
        angle = -84 + 82 * i / (blades - 1)
        reach = 62 + 46 * math.sin(math.pi * (0.15 + 0.75 * i / blades)) + rng.uniform(-6, 6)
        tip = polar(x, y, reach, angle)
        base = [polar(x, y, 20, angle - 5.5), polar(x, y, 30, angle + 3.5)]
        ink = (palette.main, palette.line, blend(palette.main, palette.light, 0.35))[i % 3]
        parts.append(polygon([base[0], tip, base[1]], ink))
    parts.append(circle(x, y, 15, palette.line))
    parts.append(circle(x, y, 5, palette.light))
    drawing = "".join(parts)
    return f'<g transform="translate(100 0) scale(-1 1)">{drawing}</g>' if flip else drawing


def trio(palette: Palette, rng: np.random.Generator) -> str:
    """Three discs in three parts, and the strings of a bass."""
    inks = [palette.main, palette.light, palette.line]
    rng.shuffle(inks)
    x = rng.uniform(26, 36)
    parts = [rectangle(0, 0, x * 2 - 8, 100, blend(palette.ground, palette.main, 0.16))]
    for i, (radius, ink) in enumerate(zip((30.0, 21.0, 13.0), inks, strict=True)):
        cx, cy = x + i * 22 + rng.uniform(-3, 3), 30 + i * 21 + rng.uniform(-4, 4)
        parts.append(circle(cx, cy, radius, ink))
        half = f"M{number(cx)} {number(cy - radius)}a{number(radius)} {number(radius)} 0 0 1 0 "
        shade = blend(ink, palette.ground, 0.35)
        parts.append(f'<path d="{half}{number(2 * radius)}Z" fill="{shade}"/>')
        parts.append(circle(cx, cy, radius * 0.16, palette.ground))
    left = rng.uniform(72, 80)
    for i in range(4):
        width = 1.6 - 0.32 * i
        parts.append(
            rectangle(left + i * 5, 0, width, 100, blend(palette.line, palette.ground, 0.1))
        )
    return "".join(parts)


def keys(palette: Palette, rng: np.random.Generator) -> str:
    """Bars hanging like keys or rain; one round note; much paper left."""
    parts = []
    count = int(rng.integers(13, 17))
    pace = 84 / count
    phase, turns = rng.uniform(0, 6.3), rng.uniform(1.2, 2.2)
    marked = int(rng.integers(3, count - 3))
    for i in range(count):
        x = 8 + i * pace
        fall = 34 + 20 * math.sin(phase + turns * 6.3 * i / count) + rng.uniform(-5, 5)
        ink = palette.main if i == marked else palette.line
        parts.append(rectangle(x, 0, pace * 0.52, fall, ink))
        if i == marked:
            parts.append(circle(x + pace * 0.26, fall + 13, 7.5, palette.main))
    level = rng.uniform(84, 90)
    parts.append(rectangle(8, level, 84, 0.9, palette.line))
    return "".join(parts)


def quarters(palette: Palette, rng: np.random.Generator) -> str:
    """Tiles of quarter discs, turned at random."""
    inks = (palette.main, palette.light, palette.line)
    side = 25.0 if rng.random() < 0.6 else 20.0
    parts = []
    for i in range(int(100 / side)):
        for j in range(int(100 / side)):
            x, y = i * side, j * side
            back, front = rng.choice(3, size=2, replace=False)
            if rng.random() < 0.45:
                parts.append(rectangle(x, y, side + 0.2, side + 0.2, inks[back]))
            if rng.random() < 0.14:
                parts.append(circle(x + side / 2, y + side / 2, side * 0.3, inks[front]))
                continue
            turn = 90 * int(rng.integers(4))
            s, h = number(side), number(side / 2)
            shape = f"M0 0H{s}A{s} {s} 0 0 1 0 {s}Z"
            place = f"translate({number(x)} {number(y)}) rotate({turn} {h} {h})"
            parts.append(f'<path transform="{place}" d="{shape}" fill="{inks[front]}"/>')
    return "".join(parts)


def rings(palette: Palette, rng: np.random.Generator) -> str:
    """A record's grooves, drifting off centre."""
    x, y = rng.uniform(34, 66), rng.uniform(34, 66)
    drift_x, drift_y = rng.uniform(-1.3, 1.3), rng.uniform(-1.3, 1.3)
    parts = []
    for i in range(16, 0, -1):
        accent = i % 4 == 1
        ink = palette.light if accent else palette.main
        shift = (i * drift_x, i * drift_y)
        parts.append(ring(x + shift[0], y + shift[1], 5 + i * 5.4, 1.3 if accent else 2.7, ink))
    parts += [circle(x, y, 7, palette.line), circle(x, y, 1.7, palette.light)]
    return "".join(parts)


def halftone(palette: Palette, rng: np.random.Generator) -> str:
    """A lamp seen through a screen of dots."""
    x, y = rng.uniform(30, 70), rng.uniform(30, 70)
    reach = rng.uniform(56, 74)
    parts = []
    for i in range(13):
        for j in range(13):
            px, py = 4 + i * 7.67, 4 + j * 7.67
            near = 1 - math.hypot(px - x, py - y) / reach
            radius = max(0.55, 4.1 * near)
            ink = palette.light if near > 0.62 else palette.main
            parts.append(circle(px, py, radius, ink))
    return "".join(parts)


def ribbons(palette: Palette, rng: np.random.Generator) -> str:
    """Broad bands that cross the sleeve in one swing."""
    inks = (palette.main, palette.light, palette.line)
    parts = []
    start, bend = rng.uniform(-18, 6), rng.uniform(18, 42)
    for i in range(9):
        y = start + i * 12.5
        crest, trough, end = number(y + bend), number(y - bend), number(y + bend / 2)
        path = f"M-6 {number(y)}C30 {crest} 62 {trough} 106 {end}"
        parts.append(line(path, inks[i % 3], 7.4))
    parts.append(circle(rng.uniform(62, 76), rng.uniform(22, 34), 12, palette.ground))
    return "".join(parts)
