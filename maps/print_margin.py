"""What a map sheet needs to be read as a map: graticule with its degrees, scale bar in metres, north arrow."""

from __future__ import annotations

from dataclasses import dataclass

from gis.sheet_frame import Frame, GraticuleLine, graticule
from maps.print_elements import element, polyline, text
from maps.print_labels import Box, Placer, width_of
from maps.print_looks import BLACK, WHITE, Ink
from maps.print_wish import scale_words
from maps.words import Language
from maps.words_print import print_words

_LONGEST_BAR = 620.0
_PARTS = 4
_INSET = 40.0


@dataclass(frozen=True, slots=True)
class Furniture:
    """The graticule lies beneath the lines of the map, the ornaments above everything."""

    graticule: str
    ornaments: str


def furniture(frame: Frame, placer: Placer, ink: Ink, language: Language, letters: float) -> Furniture:
    """All of it, with its room taken from ``placer``."""
    ornaments = [_scale_bar(frame, placer, letters), _north(frame, placer, language, letters)]
    lines = graticule(frame)
    ornaments.extend(_degrees(line, placer, letters) for line in lines)
    return Furniture("".join(_line(line, ink) for line in lines), "".join(ornaments))


def bar_metres(frame: Frame) -> int:
    """The length of the scale bar on the ground: 1, 2 or 5 times a power of ten."""
    longest = min(_LONGEST_BAR, frame.width / 3) * frame.metres_per_unit
    lengths = [step * tens for tens in (10, 100, 1_000, 10_000, 100_000) for step in (1, 2, 5)]
    return max(length for length in lengths if length <= max(longest, lengths[0]))


def degree_words(line: GraticuleLine) -> str:
    """The degrees of a line as maps write them: 140°25′E, 38°30′15″N."""
    seconds = round(abs(line.degrees) * 3600)
    degrees, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    side = "E" if line.upright else "N"
    return f"{degrees}°{minutes:02d}′" + (f"{rest:02d}″" if rest else "") + side


def _line(line: GraticuleLine, ink: Ink) -> str:
    return element(
        "path",
        d=polyline(line.points),
        fill="none",
        stroke=BLACK if ink == "mono" else "#8FA0AF",
        stroke_width=1.0,
        stroke_dasharray="1 12" if ink == "mono" else "",
        stroke_linecap="round",
    )


def _degrees(line: GraticuleLine, placer: Placer, letters: float) -> str:
    """At the lower end of a meridian, the left end of a parallel; left out where something else stands."""
    words, size = degree_words(line), 22 * letters
    wide = width_of(words, size)
    if line.upright:
        x, y = max(line.points, key=lambda point: point[1])
        box = Box(x - wide / 2 - 4, y - size - 14, x + wide / 2 + 4, y - 9)
    else:
        x, y = min(line.points)
        box = Box(x + 9, y - size / 2 - 3, x + wide + 18, y + size / 2 + 3)
    if not placer.free(box):
        return ""
    placer.take(box)
    return _words(words, (box.left + box.right) / 2, box.bottom - size * 0.28, size)


def _words(words: str, x: float, y: float, size: float, weight: str = "") -> str:
    return text(
        words,
        x=x,
        y=y,
        font_size=size,
        font_weight=weight,
        text_anchor="middle",
        fill=BLACK,
        stroke=WHITE,
        stroke_width=size / 4,
        paint_order="stroke",
    )


def _scale_bar(frame: Frame, placer: Placer, letters: float) -> str:
    metres = bar_metres(frame)
    long, size, high = metres / frame.metres_per_unit, 25 * letters, 14 * letters
    left, foot = _INSET + 20, frame.height - _INSET - 30
    box = Box(left - 30, foot - high - size * 3.1, left + long + 70 * letters, foot + 22)
    placer.take(box)
    ground = element(
        "rect",
        x=box.left,
        y=box.top,
        width=box.right - box.left,
        height=box.bottom - box.top,
        fill=WHITE,
        stroke=BLACK,
        stroke_width=1.5,
    )
    parts = "".join(
        element(
            "rect",
            x=left + long / _PARTS * number,
            y=foot - high,
            width=long / _PARTS,
            height=high,
            fill=WHITE if number % 2 else BLACK,
            stroke=BLACK,
            stroke_width=2,
        )
        for number in range(_PARTS)
    )
    unit, per = ("km", 1000) if metres >= 2000 else ("m", 1)
    numbers = "".join(
        _words(
            f"{metres * share / per:g}{f' {unit}' if share == 1 else ''}", left + long * share, foot - high - 9, size
        )
        for share in (0, 0.5, 1)
    )
    heading = _words(scale_words(frame.scale), left + long / 2, foot - high - size * 1.75, size * 1.1, "700")
    return ground + parts + numbers + heading


def _north(frame: Frame, placer: Placer, language: Language, letters: float) -> str:
    """An arrow to true north."""
    x, y, high = frame.width - 85.0, 145.0 * letters, 62 * letters
    placer.take(Box(x - 55, y - high - 60 * letters, x + 55, y + high))
    arrow = element("path", d=f"M0 {-high:g}L{high * 0.33:g} {high * 0.6:g}L0 {high * 0.36:g}Z", fill=BLACK) + element(
        "path", d=f"M0 {-high:g}L{-high * 0.33:g} {high * 0.6:g}L0 {high * 0.36:g}Z", fill=WHITE
    )
    turned = element(
        "g",
        arrow,
        transform=f"translate({x:g} {y:g}) rotate({frame.north_turned_deg:.2f})",
        stroke=BLACK,
        stroke_width=2.5,
    )
    return turned + _words(print_words(language)["north"], x, y - high - 10, 36 * letters, "700")
