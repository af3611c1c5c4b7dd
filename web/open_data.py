"""Open data over HTTP: the page, the published files, and the newest readings as CSV made when asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from fastapi import Depends, FastAPI, Request
from starlette.responses import Response

from core.csv_text import Cell, csv_bytes
from core.errors import StoreError
from core.model import Datastream
from core.quantities import QUANTITIES
from core.times import format_rfc3339
from gis.open_data import NOT_STATED
from gis.open_data_index import read_index
from maps import Language, static_version
from maps.open_data_page import open_data_page
from web.doors import refuse_haste
from web.features import finite, quality_word
from web.files import Folder
from web.parameters import only_known
from web.parts import Parts
from web.payloads import Payload, answer

CSV = "text/csv; charset=utf-8"
CACHE = "public, max-age=60"

DAY = timedelta(hours=24)

LATEST_COLUMNS = ("観測所ID", "観測所", "項目", "単位", "観測時刻", "値", "品質", "レベル", "経過秒", "更新なし")
DAY_COLUMNS = ("観測所ID", "観測所", "項目", "単位", "観測時刻", "値", "品質")
TERMS = ("作成時刻", "架空", "ライセンス", "出典")

Row = list[Cell]


def add_open_data(app: FastAPI, parts: Parts) -> None:
    """Adds ``/opendata/``, its English page, and the files."""
    own = OpenData(parts)
    routes: tuple[tuple[str, Callable[..., Response]], ...] = (
        ("/opendata/", own.page_ja),
        ("/en/opendata/", own.page_en),
        ("/opendata/latest.csv", own.latest),
        ("/opendata/day.csv", own.day),
    )
    for path, endpoint in routes:
        limits = [Depends(only_known), Depends(own.limited)]
        app.add_api_route(path, endpoint, dependencies=limits, include_in_schema=False, response_class=Response)
    app.add_api_route("/opendata/{name}", own.file, include_in_schema=False, response_class=Response)


class OpenData:
    """The endpoints."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._path = parts.public_folder / "opendata"
        self._folder = Folder(self._path, CACHE)
        self._version = static_version()
        self._names = {str(station.id): station for station in parts.site.stations}
        self._one_at_a_time = threading.Lock()
        self._kept_day: tuple[datetime, Payload] | None = None

    def limited(self, request: Request) -> None:
        """Refuses (429) an address that asks faster than any page does."""
        refuse_haste(self._parts.limiter, self._parts.doors.address(request))

    def page_ja(self, request: Request) -> Response:
        """The page, Japanese."""
        return self._page(request, "ja")

    def page_en(self, request: Request) -> Response:
        """The page, English."""
        return self._page(request, "en")

    def file(self, request: Request, name: str) -> Response:
        """A published file; tables and GeoPackages are to be kept, not shown."""
        found = self._folder.answer(request, name)
        if name.endswith((".csv", ".gpkg", ".geojson")):
            found.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return found

    def latest(self, request: Request) -> Response:
        """The newest value of every datastream, with its age and quality."""
        now = self._minute()
        picture = self._parts.live.picture()
        features = self._parts.shapes.stations(picture.values, now, picture.offline)["features"]
        rows = []
        for feature in features:
            for slug, known in feature["properties"]["quantities"].items():
                about = self._about(feature["id"], slug)
                facts = [known[name] for name in ("at", "value", "quality", "level", "age_s", "stale")]
                rows.append([*about, *facts, *self._terms(feature["id"], now)])
        return self._attached(request, "latest", Payload(csv_bytes((*LATEST_COLUMNS, *TERMS), rows), CSV))

    def day(self, request: Request) -> Response:
        """Every reading of the last 24 hours, oldest first by datastream. Raises StoreError while the store is away."""
        now = self._minute()
        if self._parts.live.away(now):
            raise StoreError("the database is away", retryable=True)
        with self._one_at_a_time:
            if self._kept_day is None or self._kept_day[0] != now:
                rows = [row for stream in self._parts.site.datastreams for row in self._day_of(stream, now)]
                self._kept_day = (now, Payload(csv_bytes((*DAY_COLUMNS, *TERMS), rows), CSV))
            payload = self._kept_day[1]
        return self._attached(request, "day", payload)

    def _day_of(self, stream: Datastream, now: datetime) -> Iterator[Row]:
        zone = ZoneInfo(self._parts.site.time_zone)
        number = self._parts.registry.datastreams[stream.key]
        about, terms = self._about(stream.station, stream.quantity), self._terms(stream.station, now)
        for point in self._parts.store.series(number, now - DAY, now + self._parts.site.limits.future_sensor, None):
            at = point.at.astimezone(zone).isoformat()
            yield [*about, at, finite(point.value), quality_word(point.quality), *terms]

    def _about(self, station: str, quantity: str) -> Row:
        found = self._names[station]
        return [station, found.name_ja, quantity, QUANTITIES[quantity].unit]

    def _terms(self, station: str, now: datetime) -> Row:
        site, found = self._parts.site, self._names[station]
        return [format_rfc3339(now), found.fictitious, site.licence or NOT_STATED, site.name_ja]

    def _minute(self) -> datetime:
        """The present minute: within it an answer stays the same, and so does its tag."""
        return self._parts.clock().replace(second=0, microsecond=0)

    def _attached(self, request: Request, name: str, payload: Payload) -> Response:
        headers = {"Content-Disposition": f'attachment; filename="{self._parts.site.id}_{name}.csv"'}
        return answer(request, payload, CACHE, headers)

    def _page(self, request: Request, language: Language) -> Response:
        html = open_data_page(self._parts.site, read_index(self._path), language, asset_version=self._version)
        return answer(request, Payload(html.encode(), "text/html; charset=utf-8"), "no-cache")
