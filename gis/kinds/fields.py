"""Reading single properties of foreign features."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from gis.faults import FeatureError
from gis.geojson import RawFeature

MAX_TEXT = 500


def text(value: object) -> str:
    """``value`` as one line: any Unicode space (U+3000, no-break) becomes one blank, null the empty text.

    Raises FeatureError for objects, numbers that are not finite, half characters and texts over MAX_TEXT.
    """
    if value is None:
        return ""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        raise FeatureError(f"{str(value)[:40]!r} is not a text", hint="export the layer with plain attributes")
    if isinstance(value, float) and not math.isfinite(value):
        raise FeatureError("an attribute is not a finite number", hint="JSON has no NaN; write null")
    line = " ".join(str(value).split())
    try:
        line.encode()
    except UnicodeEncodeError as error:
        raise FeatureError("a text holds half a character", hint="correct the text's encoding") from error
    if len(line) > MAX_TEXT:
        raise FeatureError(f"a text of {len(line)} characters", hint=f"shorten it to {MAX_TEXT}")
    return "".join(character for character in line if character.isprintable())


def first_of(properties: Mapping[str, Any], *names: str) -> str:
    """The text of the first of ``names`` that has one, else the empty text."""
    return next((found for name in names if (found := text(properties.get(name)))), "")


def filled_field(feature: RawFeature, *names: str) -> str:
    """The first of ``names`` that is not blank in the feature, else the first it has at all; "" where it has none."""
    present = [name for name in names if name in feature.properties]
    return next((name for name in present if text(feature.properties[name])), present[0] if present else "")


def whole_code(value: object) -> str:
    """A code as its digits: ``3``, ``3.0`` and full-width ``３`` are all ``3``, zeros in front fall; others as text."""
    written = unicodedata.normalize("NFKC", text(value)).removesuffix(".0")
    return written.lstrip("0") or "0" if written.isdecimal() else written


def require_field(feature: RawFeature, *names: str) -> str:
    """The first of ``names`` the feature has as a property, be it blank; raises FeatureError where it has none."""
    for name in names:
        if name in feature.properties:
            return name
    found = "、".join(list(feature.properties)[:12]) or "none"
    raise FeatureError(
        f"has no property {' or '.join(names)} (it has: {found})", hint="check that `kind` fits the file"
    )
