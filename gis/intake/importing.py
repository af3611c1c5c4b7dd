"""Brings a file into a site: copy → convert, confined → recognise → state → load as every layer is → put in place.

Nothing of the site changes before the last step, and each file changes in one step.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from config.known import Known
from config.layer_files import coordinate_system, read_layers
from config.mistakes import Notes, WrongValueError
from config.model import LayerConfig, Site
from core.errors import LayerError
from gis.geojson import MAX_BYTES, MAX_FEATURES
from gis.geometry import MAX_VERTICES
from gis.intake import limits
from gis.intake.beyond import cut_hint, surroundings
from gis.intake.converting import Converted, convert_confined
from gis.intake.crs_text import nothing_says
from gis.intake.plane_box import plane_box
from gis.intake.record import ImportRecord
from gis.intake.refused import Refused
from gis.intake.settings_text import changed, data_file, written
from gis.intake.source import Task
from gis.intake.statement import Statement, flags_to_add, stated_before, suggested
from gis.intake.workshop import Workshop
from gis.kinds import all_kinds
from gis.load import BOUNDARY, boundary_of, load_layer
from gis.recognise import Recognised, recognise
from gis.report import ImportReport

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_CHUNK = 1 << 20
_FAR = "lies far outside the site"
_STATED_AND_CUT = (
    "where the file was cut rests on the coordinate system that was stated: compare the layer with the map before use"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What a person asks for. ``layer`` is one of several in the file; ``as_recognised`` accepts suggested words.

    ``cut`` takes only what lies near the site (CUT_DEG around its bounds). ``typed`` is the command as it was typed, for
    hints.
    """

    file: Path
    id: str | None = None
    layer: str | None = None
    encoding: str | None = None
    statement: Statement = field(default_factory=Statement)
    as_recognised: bool = False
    cut: bool = False
    typed: str = "the same command"


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """The layer as the site has it now (or would have it), the record of its import, and whether it is new."""

    layer: LayerConfig
    record: ImportRecord
    is_new: bool


def import_file(
    site: Site,
    request: ImportRequest,
    *,
    now: datetime,
    program: str,
    dry_run: bool = False,
    progress: Callable[[str], None] = lambda _step: None,
) -> ImportOutcome:
    """The layer that ``request.file`` has become in the site folder; with ``dry_run`` nothing there is touched.

    ``now`` and ``program`` (name and version) are written into the record. Raises LayerError, naming the file, what
    is wrong and the remedy; then the site is as it was before.
    """
    layer_id = _id_of(request)
    with Workshop(site.folder / "layers" / "data", layer_id, lasting=not dry_run).opened() as workshop:
        return _Import(site, request, layer_id, workshop, progress).done(now, program, dry_run=dry_run)


def _id_of(request: ImportRequest) -> str:
    name = request.id or unicodedata.normalize("NFKC", request.file.stem).lower().replace(" ", "_").replace(".", "_")
    if not _ID.fullmatch(name):
        raise LayerError(
            _shown(name), "cannot be the id of a layer", hint="give one: --id, of a to z, 0 to 9, - and _ (river_lines)"
        )
    return name


def _shown(text: object) -> str:
    """A foreign name as it may stand in a message or a comment: one printable line."""
    return "".join(sign if sign.isprintable() else "?" for sign in str(text))[:200]


@dataclass(slots=True)
class _Import:
    """One import under way."""

    site: Site
    request: ImportRequest
    id: str
    workshop: Workshop
    progress: Callable[[str], None]

    def done(self, now: datetime, program: str, *, dry_run: bool) -> ImportOutcome:
        before = next((layer for layer in self.site.layers if layer.id == self.id), None)
        self.progress("copying")
        size, digest = self._copy()
        self.progress("converting")
        converted = self._convert(before)
        recognised = recognise(converted.names, converted.geometry)
        statement = self._statement(before, converted, recognised)
        text = self._settings(before, statement)
        layer = self._staged(text, converted)
        self.progress("checking")
        report = self._report(layer, recognised)
        if self.request.cut and converted.crs_from.startswith("stated by"):
            converted = replace(converted, warnings=(*converted.warnings, _STATED_AND_CUT))
        record = ImportRecord.of(
            layer=self.id,
            file=_shown(self.request.file.name),
            size=size,
            digest=digest,
            converted=converted,
            report=report,
            kind=layer.kind,
            recognised=recognised,
            now=now,
            program=program,
        )
        if not dry_run:
            self._put_in_place(text, record)
        file = self.site.folder / data_file(self.id)
        return ImportOutcome(replace(layer, file=file, crs=layer.crs), record, before is None)

    def _refusal(self, message: str, hint: str | None) -> LayerError:
        return LayerError(self.id, f"{_shown(self.request.file)}: {message}", hint=hint)

    def _copy(self) -> tuple[int, str]:
        """Copies the file to where the confined process finds it; its size and SHA-256."""
        path = self.request.file
        named = str(path)
        if ":/" in named or named.startswith("/vsi"):
            raise self._refusal("is an address, not a file", "download it first; nothing is fetched from here")
        try:
            if not path.exists():
                raise self._refusal("there is no such file", "check the name")
            if not path.is_file():
                raise self._refusal("is not a regular file", "name one file; zip the parts of a Shapefile together")
            return self._copied(path)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise self._refusal(f"cannot be read: {reason}", "check its name and rights") from error

    def _copied(self, path: Path) -> tuple[int, str]:
        size, digest = 0, hashlib.sha256()
        with path.open("rb") as source, self.workshop.source.open("xb") as copy:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > limits.SOURCE_BYTES:
                    raise self._refusal(
                        f"is larger than {limits.SOURCE_BYTES:,} bytes", "cut it to the municipality before importing"
                    )
                digest.update(chunk)
                copy.write(chunk)
        return size, digest.hexdigest()

    def _convert(self, before: LayerConfig | None) -> Converted:
        crs = self._stated_crs()
        task = Task(
            source=self.workshop.source,
            work=self.workshop.work,
            name=_shown(self.request.file.name),
            layer=self.request.layer,
            crs=crs,
            encoding=self.request.encoding,
            plane_box=None if crs is None else plane_box(crs, self.site.bounds),
            max_features=MAX_FEATURES,
            max_vertices=MAX_VERTICES,
            max_bytes=MAX_BYTES,
            near=surroundings(self.site.bounds) if self.request.cut else None,
            settings_crs=None if before is None else before.crs,
        )
        try:
            converted = convert_confined(task)
        except Refused as refused:
            raise self._refusal(str(refused), refused.hint) from refused
        if converted.crs is None and "GeoJSON" not in converted.format:
            raise self._refusal(str(unstated := nothing_says()), unstated.hint)
        return converted

    def _stated_crs(self) -> str | None:
        stated = self.request.statement.crs
        try:
            return None if stated is None else coordinate_system(stated)
        except WrongValueError as wrong:
            raise self._refusal(f"--crs: {wrong}", wrong.hint) from wrong

    def _statement(self, before: LayerConfig | None, converted: Converted, recognised: Recognised | None) -> Statement:
        """All that is said of the layer; raises LayerError with the options to add where something is missing."""
        suggestion = None if recognised is None else suggested(recognised)
        said = replace(self.request.statement, crs=None)
        if before is not None:
            said = said.before(stated_before(before))
        if suggestion is not None:
            said = said.before(suggestion if self.request.as_recognised else Statement(kind=suggestion.kind))
        missing = said.missing()
        if not missing:
            return said
        options = flags_to_add(missing, suggestion)
        if "kind" in missing:
            kinds = ", ".join(sorted(all_kinds()))
            found = ", ".join(converted.names[:12]) or "none"
            raise self._refusal(
                f"its form is not known by its properties ({found})",
                f"say what it is with --kind, one of: {kinds}; and add: {options}",
            )
        known = "" if recognised is None else f" It looks like {recognised.family_ja} ({recognised.family_en})"
        accept = ". Where the words suggested are right, --as-recognised takes them" if recognised else ""
        raise self._refusal(f"not all that must be said of a layer is said.{known}", f"add: {options}{accept}")

    def _settings(self, before: LayerConfig | None, statement: Statement) -> str:
        if before is None:
            return written(self.id, statement, _shown(self.request.file.name))
        values = self.request.statement.given() | {"file": data_file(self.id)}
        if before.crs is None:
            values.pop("crs", None)  # the data says it
        old = {**stated_before(before).given(), "file": str(before.file)}
        new = {key: value for key, value in values.items() if old.get(key) != value}
        if before.file == self.site.folder / data_file(self.id) or str(before.file) == data_file(self.id):
            new.pop("file", None)
        text = (self.site.folder / "layers" / f"{self.id}.toml").read_text(encoding="utf-8-sig")
        return changed(text, new) if new else text

    def _staged(self, text: str, converted: Converted) -> LayerConfig:
        """The layer as the site's own reader takes it from the text, its file being what was converted."""
        stage = self.workshop.stage
        (stage / "layers" / "data").mkdir(parents=True)
        (stage / "layers" / f"{self.id}.toml").write_text(text, encoding="utf-8")
        data = stage / data_file(self.id)
        converted.out.rename(data)
        notes = Notes()
        layers = read_layers(stage, Known(layer_kinds=frozenset(all_kinds())), notes)
        if notes.mistakes or len(layers) != 1:
            said = "; ".join(str(mistake) for mistake in notes.mistakes)
            raise self._refusal(
                f"what is said of the layer cannot be used: {said}", "correct these words and try again"
            )
        return replace(layers[0], file=data)

    def _report(self, layer: LayerConfig, recognised: Recognised | None) -> ImportReport:
        if self.request.cut and layer.kind == BOUNDARY:
            raise self._refusal(
                "a boundary is the municipality itself, --cut would leave its neighbours in it",
                "take the municipality out by its code (N03_007) in a GIS desktop and import that, without --cut",
            )
        stated = self._stated_crs()
        checked = replace(layer, crs=stated) if stated is not None and layer.crs is None else layer
        try:
            boundary = None if layer.kind == BOUNDARY else boundary_of(self.site)
            return load_layer(checked, self.site.bounds, boundary).report
        except LayerError as error:
            message = str(error).removeprefix(f"layer {self.id}: ").replace(str(layer.file), "").removeprefix(": ")
            hint = error.hint
            if recognised is not None and not self.request.cut and layer.kind != BOUNDARY and _FAR in message:
                hint = cut_hint(checked, self.site.bounds, self.request.typed) or hint
            raise self._refusal(message, hint) from error

    def _put_in_place(self, text: str, record: ImportRecord) -> None:
        """First the data, then its record, then the settings that name it; each in one step."""
        folder = self.site.folder / "layers"
        staged = self.workshop.stage / data_file(self.id)
        record_text = json.dumps(record.as_document(), ensure_ascii=False, indent=1) + "\n"
        try:
            staged.replace(folder / "data" / f"{self.id}.geojson")
            self.workshop.write(folder / "data" / f"{self.id}.import.json", record_text)
            self.workshop.write(folder / f"{self.id}.toml", text)
        except OSError as error:
            raise self._refusal(
                f"cannot be put in place: {error.strerror}", "is the disk full, the folder writable?"
            ) from error
