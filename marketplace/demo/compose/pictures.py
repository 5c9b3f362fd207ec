"""Cover drawings that show something: a window, a horizon, stems, a road."""

import math

import numpy as np

from marketplace.demo.compose.palette import (
    Palette,
    blend,
    brighter,
    circle,
    line,
    number,
    polar,
    polygon,
    rectangle,
)


def window(palette: Palette, rng: np.random.Generator) -> str:
    """A wet window at night, the moon across its panes, a cup on the sill."""
    night = blend(palette.line, palette.ground, 0.15)
    parts = [rectangle(0, 0, 100, 100, palette.main), rectangle(14, 8, 72, 72, night)]
    x, y = rng.uniform(38, 66), rng.uniform(26, 40)
    parts.append(circle(x, y, 17, palette.light))
    for _ in range(46):
        left, top, length = rng.uniform(13, 85), rng.uniform(8, 76), rng.uniform(2, 8)
        shade = blend(night, palette.light, float(rng.uniform(0.25, 0.6)))
        parts.append(line(f"M{number(left)} {number(top)}l-1.2 {number(length)}", shade, 0.7))
    parts += [rectangle(0, 0, 14, 100, palette.main), rectangle(86, 0, 14, 100, palette.main)]
    parts += [rectangle(48.2, 8, 3.6, 72, palette.main), rectangle(14, 42, 72, 3.2, palette.main)]
    parts += [rectangle(0, 80, 100, 20, blend(palette.main, palette.line, 0.35))]
    parts += [rectangle(8, 78, 84, 5, palette.ground)]
    cup = float(rng.choice((24.0, 60.0)))
    parts.append(rectangle(cup, 64, 14, 14, palette.ground, 2.5))
    parts.append(line(f"M{number(cup + 14)} 67.5a4 4 0 0 1 0 7.4", palette.ground, 2))
    for shift in (4, 9):
        path = f"M{number(cup + shift)} 61q-2.4 -3.4 0 -6.6t0 -6.6"
        parts.append(line(path, blend(night, palette.ground, 0.75), 1.1))
    return "".join(parts)


def horizon(palette: Palette, rng: np.random.Generator) -> str:
    """Layers of haze or water under a low sun and its reflection."""
    level = rng.uniform(46, 60)
    x, radius = rng.uniform(30, 70), rng.uniform(15, 22)
    parts = [
        rectangle(
            0, level * i / 5, 100, level / 5 + 0.5, blend(palette.ground, palette.main, i / 9)
        )
        for i in range(5)
    ]
    parts.append(circle(x, level - radius * 0.25, radius, palette.light))
    layers = 7
    for i in range(layers):
        top = level + (100 - level) * (i / layers) ** 1.25
        swell, phase = rng.uniform(1.0, 3.2), rng.uniform(0, 6.3)
        crest = [(px, top + swell * math.sin(px / 17 + phase)) for px in range(0, 101, 4)]
        shade = blend(palette.main, palette.line, 0.1 + 0.85 * i / (layers - 1))
        parts.append(polygon([(0, 101), *crest, (100, 101)], shade))
    for i in range(6):
        width = radius * (1.5 - 0.2 * i) * rng.uniform(0.7, 1.1)
        top = level + 4 + i * 5.2
        shade = blend(palette.light, palette.main, 0.1 * i)
        parts.append(rectangle(x - width / 2, top, width, 1.5, shade, 0.75))
    return "".join(parts)


def stems(palette: Palette, rng: np.random.Generator) -> str:
    """A few plants before a pale sun."""
    parts = [circle(rng.uniform(34, 66), rng.uniform(32, 44), rng.uniform(22, 29), palette.light)]
    inks = (palette.main, palette.line, blend(palette.main, palette.line, 0.5))
    count = int(rng.integers(4, 6))
    for i in range(count):
        foot = 14 + 72 * (i + 0.5) / count + rng.uniform(-4, 4)
        height, lean = rng.uniform(40, 78), rng.uniform(-13, 13)
        parts.append(_stem(foot, height, lean, inks[i % 3], rng))
    hill = f"M0 91Q{number(rng.uniform(20, 40))} 83 55 89T100 86V101H0Z"
    parts.append(f'<path d="{hill}" fill="{palette.line}"/>')
    return "".join(parts)


def _stem(foot: float, height: float, lean: float, ink: str, rng: np.random.Generator) -> str:
    top = 94 - height
    path = f"M{number(foot)} 94Q{number(foot)} {number(94 - height / 2)} "
    parts = [line(path + f"{number(foot + lean)} {number(top)}", ink, 1.3)]
    pairs = int(height // 9)
    for j in range(1, pairs + 1):
        share = j / pairs
        x, y = foot + lean * share**2, 94 - height * share
        size = 6 + 6.5 * (1 - share) + rng.uniform(0, 1.5)
        for side in (-1, 1):
            angle = -90 + side * (52 - 26 * share) + lean * share
            parts.append(_leaf(x, y, size, angle, ink))
    return "".join(parts)


def _leaf(x: float, y: float, size: float, degrees: float, ink: str) -> str:
    tip = polar(x, y, size, degrees)
    bends = [polar(x, y, size * 0.62, degrees + turn) for turn in (-32, 32)]
    start, end = (f"{number(px)} {number(py)}" for px, py in ((x, y), tip))
    one, two = (f"{number(px)} {number(py)}" for px, py in bends)
    return f'<path d="M{start}Q{one} {end}Q{two} {start}Z" fill="{ink}"/>'


def drive(palette: Palette, rng: np.random.Generator) -> str:
    """A slit sun over ridges, and a road's grid running to the horizon."""
    level = rng.uniform(56, 64)
    sky = blend(palette.line, "#0B0B18", 0.55)
    glow = blend(brighter(palette.main, palette.ground), palette.main, 0.25)
    sun_x, radius = rng.uniform(42, 58), rng.uniform(24, 30)
    parts = [rectangle(0, 0, 100, 100, sky)]
    for _ in range(24):
        x, y = rng.uniform(2, 98), rng.uniform(2, level - 8)
        parts.append(circle(x, y, float(rng.choice((0.35, 0.5, 0.8))), palette.light))
    centre = level - radius * 0.5
    parts.append(circle(sun_x, centre, radius, glow))
    for i in range(6):
        top = centre - radius * 0.15 + i * radius * 0.2
        parts.append(rectangle(0, top, 100, 0.7 + 0.55 * i, sky))
    ridge = [(x, level - rng.uniform(1, 11) * (0.5 + abs(x - 50) / 50)) for x in range(0, 101, 10)]
    parts.append(polygon([(0, level), *ridge, (100, level)], blend(sky, glow, 0.28)))
    parts.append(rectangle(0, level, 100, 100 - level, blend(sky, glow, 0.1)))
    for i in range(9):
        y = level + (100 - level) * (i / 8) ** 2
        parts.append(rectangle(0, y, 100, 0.5 + 0.06 * i, palette.light))
    for i in range(-9, 10):
        foot = 50 + i * 17
        path = f"M{number(50 + i * 4.2)} {number(level)}L{number(foot)} 100"
        parts.append(line(path, palette.light, 0.55))
    return "".join(parts)
