"""Which EPSG code a well-known text means, or none: a near match is not a match."""

from __future__ import annotations

import re

from gis.intake.refused import Refused

_LONGEST = 20_000
_CODE = re.compile(r"EPSG:(\d{4,6})", re.ASCII)
_SAMPLES = ((0.0, 0.0), (-40_000.0, -150_000.0), (60_000.0, 30_000.0))


def nothing_says() -> Refused:
    """The refusal of a file whose coordinate system nobody states."""
    return Refused(
        "nothing says in which coordinate system it is",
        hint="ask its publisher, then state it: --crs EPSG:6668 (JGD2011 degrees), EPSG:6678 (plane zone X) "
        "or EPSG:4301 (Tokyo Datum, 旧測地系)",
    )


def epsg_of(text: str) -> str | None:
    """``EPSG:n`` for a code or a WKT (ESRI's or OGC's) that says the same as that code; None where none does."""
    from pyproj import CRS  # noqa: PLC0415 - only where there is a text to read
    from pyproj.exceptions import CRSError  # noqa: PLC0415

    if len(text) > _LONGEST or "\x00" in text:
        raise Refused("its coordinate system is described in no sensible length", hint="state it: --crs EPSG:…")
    if written := _CODE.fullmatch(text.strip()):
        return f"EPSG:{written[1]}"
    try:
        crs = CRS.from_wkt(text)
        code = crs.to_epsg() or _own_code(crs)
        known = CRS.from_epsg(code) if code is not None else None
    except CRSError:
        return None
    return f"EPSG:{code}" if known is not None and _same_place(crs, known) else None


def _own_code(crs: object) -> int | None:
    """The code a plane system gives itself, where its degrees are known: GDAL writes the zones with east first, so they
    are not recognised by their words; what the code says is compared with the numbers all the same.
    """
    from pyproj import CRS  # noqa: PLC0415

    assert isinstance(crs, CRS)
    own = crs.to_json_dict().get("id") or {}
    if own.get("authority") != "EPSG" or not crs.is_projected or crs.geodetic_crs is None:
        return None
    known = CRS.from_epsg(own["code"]).geodetic_crs
    return int(own["code"]) if known is not None and crs.geodetic_crs.to_epsg() == known.to_epsg() else None


def _same_place(one: object, other: object) -> bool:
    """Whether both systems give the same degrees for the same metres, and use the same ellipsoid."""
    from pyproj import CRS, Proj  # noqa: PLC0415

    assert isinstance(one, CRS)
    assert isinstance(other, CRS)
    if one.is_projected != other.is_projected or one.ellipsoid != other.ellipsoid:
        return False
    if not one.is_projected:
        return bool(one.is_geographic and one.prime_meridian == other.prime_meridian)
    mine, its = Proj(one), Proj(other)
    pairs = [(mine(x, y, inverse=True), its(x, y, inverse=True)) for x, y in _SAMPLES]
    return all(abs(a - b) < 1e-8 for first, second in pairs for a, b in zip(first, second, strict=True))
