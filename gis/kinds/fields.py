"""Reading single properties of foreign features."""

from __future__ import annotations

import math
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


def require_field(feature: RawFeature, *names: str) -> str:
    """The first of ``names`` the feature has as a property, be it blank; raises FeatureError where it has none."""
    for name in names:
        if name in feature.properties:
            return name
    found = "、".join(list(feature.properties)[:12]) or "none"
    raise FeatureError(
        f"has no property {' or '.join(names)} (it has: {found})", hint="check that `kind` fits the file"
    )
