"""Which of an archive's files is the layer, and taking it out under names of our own."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

from gis.intake.archive import Archive
from gis.intake.refused import Refused

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_LAYERS = (".shp", ".geojson", ".json", ".gpkg", ".fgb", ".kml", ".gml", ".csv")
_OWN = "layer"


def take_out(archive: Archive, folder: Path, wanted: str | None) -> tuple[Path, str, str | None]:
    """The extracted file, the name it had in the archive, and a layer name still to be looked for inside it.

    The parts of a Shapefile come out together, as ``layer.shp``, ``layer.shx`` …. Raises Refused where it is not
    clear which file is meant.
    """
    candidates = [name for name in archive.names if name.lower().endswith(_LAYERS)]
    if not candidates:
        raise _nothing(archive.names)
    name, inside = _one(candidates, wanted)
    suffix = f".{name.rpartition('.')[2].lower()}"
    target = folder / f"{_OWN}{suffix}"
    if suffix == ".shp":
        for part, member in _parts(archive.names, name):
            archive.extract(member, folder / f"{_OWN}{part}")
    else:
        archive.extract(name, target)
    return target, name, inside


def _nothing(names: Sequence[str]) -> Refused:
    if any(name.lower().endswith((".dbf", ".shx")) for name in names):
        return Refused(
            "the archive holds parts of a Shapefile, but no .shp", hint="zip .shp, .shx, .dbf, .prj together"
        )
    if "[Content_Types].xml" in names:
        return Refused("is an Excel or Word file", hint="in Excel save it as “CSV UTF-8 (comma delimited)”")
    held = ", ".join(names[:10]) or "nothing"
    return Refused(f"the archive holds no layer (it holds: {held})", hint=f"a layer ends in {', '.join(_LAYERS)}")


def _parts(names: Sequence[str], shp: str) -> list[tuple[str, str]]:
    """The parts of a Shapefile by their endings, in the archive's own spelling."""
    stem = _plain(shp[: -len(".shp")])
    found = {_plain(name): name for name in names}
    return [(part, found[stem + part]) for part in _PARTS if stem + part in found]


def _one(candidates: list[str], wanted: str | None) -> tuple[str, str | None]:
    listed = ", ".join(candidates[:30]) + (f" and {len(candidates) - 30} more" if len(candidates) > 30 else "")
    if wanted is not None:
        for spelling in (_whole, _last, _stem):
            named = [name for name in candidates if spelling(name) == _plain(wanted)]
            if len(named) == 1:
                return named[0], None
    if len(candidates) == 1:
        return candidates[0], wanted
    if wanted is None:
        raise Refused(f"holds {len(candidates)} layers: {listed}", hint="say which: --layer NAME; one import takes one")
    raise Refused(f"has no one layer {wanted[:80]!r}; it has: {listed}", hint="write --layer with one of these names")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _whole(name: str) -> str:
    return _plain(name)


def _last(name: str) -> str:
    return _plain(name.rpartition("/")[2])


def _stem(name: str) -> str:
    return _plain(name.rpartition("/")[2].rpartition(".")[0])
