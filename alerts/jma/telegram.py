"""One telegram of 気象庁防災情報XML, read: what it says of itself, and of which area it says what.

Namespaces and element names are those of the format (http://xml.kishou.go.jp/jmaxml1/); the order of elements and the white space
between them do not count, and identity never rests on EventID or Serial alone, which may be empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element

from alerts.xml_intake import Allowance, read_xml
from core.errors import DecodeError
from core.times import parse_rfc3339

REPORT = "http://xml.kishou.go.jp/jmaxml1/"
HEAD = f"{REPORT}informationBasis1/"
BODY = f"{REPORT}body/meteorology1/"

LIVE, DRILL, TEST = "通常", "訓練", "試験"
ISSUED, CORRECTED, CANCELLED = "発表", "訂正", "取消"

TYPES_BY_TITLE = {
    "気象警報・注意報（Ｒ０６）（大雨）": "VPWW55",
    "気象警報・注意報（Ｒ０６）（土砂）": "VPWW56",
    "気象警報・注意報（Ｒ０６）（高潮）": "VPWW57",
    "気象警報・注意報（Ｒ０６）（暴風）": "VPWW58",
    "気象警報・注意報（Ｒ０６）（波浪）": "VPWW59",
    "気象警報・注意報（Ｒ０６）（大雪）": "VPWW60",
    "気象警報・注意報（Ｒ０６）（その他注意報）": "VPWW61",
    "府県気象防災速報": "VPBS50",
    "指定河川洪水予報": "VXKO",
}
"""``Control/Title`` of the telegrams that are read. A title says what a telegram is; its file's name may say anything."""

_SCHEME = "気象警報・注意報（Ｒ０６）"
_WHOLE_STATE = frozenset({"VPWW55", "VPWW56", "VPWW57", "VPWW58", "VPWW59", "VPWW60", "VPWW61"})
_NOTHING = frozenset({"解除", "なし", "発表警報・注意報はなし"})
_IN_NAME = re.compile(r"[_/-](V[A-Z]{3}\d{2})(?=[_./-]|$)")
_ALLOWED = Allowance(bytes=4_000_000, elements=150_000, depth=40)
_AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is said of one area: a kind by code and name, or that there is none (``lifted``)."""

    area: str
    area_name: str
    code: str
    name: str
    status: str
    lifted: bool
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telegram:
    """A telegram. ``type`` is empty where nobody reads such a one; times are UTC, ``report_at`` the report's own.

    ``widths`` are the lengths of the area codes it lists: what it would have said of areas of that kind that it leaves out.
    """

    type: str
    title: str
    status: str
    office: str
    sent_at: datetime | None
    info_type: str
    report_at: datetime
    event_id: str
    serial: str
    headline: str
    items: tuple[Item, ...] = ()
    widths: frozenset[int] = frozenset()

    @property
    def live(self) -> bool:
        """Whether it is meant (通常): 訓練, 試験 and any word we do not know are not."""
        return self.status == LIVE

    @property
    def whole_state(self) -> bool:
        """Whether telegrams of this type tell all there is of every area they cover."""
        return self.type in _WHOLE_STATE

    @property
    def areas(self) -> frozenset[str]:
        """The areas it speaks of, by code."""
        return frozenset(item.area for item in self.items)


def read_telegram(raw: bytes, now: datetime, name: str = "") -> Telegram:
    """The telegram in these bytes. ``name``, of its file or address, is asked for the type only where the title is a new wording.

    Raises DecodeError: the reasons of ``read_xml``, ``not_jma`` for another document, ``no_head`` and ``bad_time`` where it cannot be
    told what it is or when it was issued, ``future`` where that is more than a day ahead of ``now``.
    """
    root = read_xml(raw, _ALLOWED)
    if root.tag != f"{{{REPORT}}}Report":
        raise DecodeError("not_jma", f"the document is {root.tag[:80]}, not a Report")
    control, head = root.find(f"{{{REPORT}}}Control"), root.find(f"{{{HEAD}}}Head")
    if control is None or head is None:
        raise DecodeError("no_head", "Control or Head is missing")
    body = next((part for part in root if part.tag.endswith("}Body")), None)
    report_at = _time(_text(head, "ReportDateTime"))
    if report_at is None:
        raise DecodeError("bad_time", "the report has no time (ReportDateTime)")
    if report_at > now + _AHEAD:
        raise DecodeError("future", f"the report is of {report_at:%Y-%m-%dT%H:%MZ}, more than a day from now")
    title = _text(control, "Title")
    type_ = TYPES_BY_TITLE.get(title) or _type_of_new_wording(title, name)
    items = tuple(dict.fromkeys(_items(type_, head, body)))
    return Telegram(
        type=type_,
        title=title[:200],
        status=_text(control, "Status"),
        office=(_text(control, "EditorialOffice") or _text(control, "PublishingOffice"))[:200],
        sent_at=_time(_text(control, "DateTime")),
        info_type=_text(head, "InfoType"),
        report_at=report_at,
        event_id=_text(head, "EventID")[:100],
        serial=_text(head, "Serial")[:20],
        headline=_text(head.find(_under(head, "Headline")), "Text")[:2000],
        items=items,
        widths=frozenset(len(item.area) for item in items),
    )


def _type_of_new_wording(title: str, name: str) -> str:
    """A warning of the scheme whose title ends in other words is what its name says, where that is a type that is read."""
    found = type_in(name)
    return found if title.startswith(_SCHEME) and found in _WHOLE_STATE else ""


def type_in(name: str) -> str:
    """The type of telegram a file's name or an address says, ``VPWW60`` in ``…_VPWW60_060000.xml``; empty where it says none."""
    found = _IN_NAME.search(name)
    return found[1] if found else ""


def prefecture_in(name: str) -> str:
    """The two digits of the prefecture a file's name ends in (``…_060000.xml``), empty where it says none."""
    found = re.search(r"_(\d{2})\d{4}\.xml$", name)
    return found[1] if found else ""


def _items(type_: str, head: Element, body: Element | None) -> Iterator[Item]:
    if type_ in _WHOLE_STATE:
        yield from _of_warnings(body)
    elif type_ == "VPBS50":
        yield from _of_bulletin(head)
    elif type_ == "VXKO":
        yield from _of_river(head, body)


def _of_warnings(body: Element | None) -> Iterator[Item]:
    for entry in _entries(body, "Warning"):
        for area, area_name in _areas(entry):
            for kind in _children(entry, "Kind"):
                yield _item(area, area_name, kind)


def _of_bulletin(head: Element) -> Iterator[Item]:
    """情報タグ: what a bulletin is about stands in Condition, in the headline."""
    for entry in _entries(head, "Information"):
        for kind in _children(entry, "Kind"):
            name = _text(kind, "Condition") or _text(kind, "Name")
            for area, area_name in _areas(entry):
                yield Item(area=area, area_name=area_name, code="", name=name, status=ISSUED, lifted=False)


def _of_river(head: Element, body: Element | None) -> Iterator[Item]:
    """The kind stands in the headline; the municipalities that may be flooded stand in the body, as cities of gauges."""
    found = [
        (kind, area, area_name)
        for entry in _entries(head, "Information")
        for kind in _children(entry, "Kind")
        for area, area_name in _areas(entry)
    ]
    for kind, area, area_name in found:
        yield _river_item(area, area_name, kind, area_name if len(area) > 7 else "")
    rivers = [(kind, area_name) for kind, area, area_name in found if len(area) == 12]
    for kind, river in rivers:
        for city, city_name in _cities(body):
            yield _river_item(city, city_name, kind, river)


def _river_item(area: str, area_name: str, kind: Element, subject: str) -> Item:
    name, code = _text(kind, "Name"), _text(kind, "Code")
    lifted = code == "10" or "解除" in name
    return Item(
        area=area,
        area_name=area_name,
        code=code,
        name=name,
        status=_text(kind, "Condition"),
        lifted=lifted,
        subject=subject,
    )


def _cities(body: Element | None) -> Iterable[tuple[str, str]]:
    if body is None:
        return ()
    places = [part for part in body.iter() if _local(part) == "Area"]
    cities = ((_text(place, "CityCode"), _text(place, "City")) for place in places)
    return dict.fromkeys((code, name) for code, name in cities if code)


def _item(area: str, area_name: str, kind: Element) -> Item:
    name, code, status = _text(kind, "Name"), _text(kind, "Code"), _text(kind, "Status")
    lifted = status in _NOTHING or name in _NOTHING or code == "00" or not (name or code)
    return Item(area=area, area_name=area_name, code=code, name=name, status=status, lifted=lifted)


def _entries(part: Element | None, block: str) -> Iterator[Element]:
    """The items of all blocks of this name below ``part``."""
    if part is not None:
        for found in part.iter():
            if _local(found) == block:
                yield from _children(found, "Item")


def _areas(entry: Element) -> Iterator[tuple[str, str]]:
    """Code and name of each area of an item, whether they stand in Areas or by themselves."""
    for child in entry:
        places = [child] if _local(child) == "Area" else _children(child, "Area") if _local(child) == "Areas" else []
        for place in places:
            code = _text(place, "Code")
            if code:
                yield code[:20], _text(place, "Name")[:100]


def _children(part: Element, name: str) -> list[Element]:
    return [child for child in part if _local(child) == name]


def _under(part: Element, name: str) -> str:
    return f"{part.tag.rpartition('}')[0]}}}{name}"


def _text(part: Element | None, name: str) -> str:
    """The text of the first child of this name, without the blanks around it; empty where there is none, or where it is nil."""
    if part is None:
        return ""
    found = next((child for child in part if _local(child) == name), None)
    return "" if found is None or found.text is None else " ".join(found.text.split())


def _local(part: Element) -> str:
    return part.tag.rpartition("}")[2]


def _time(text: str) -> datetime | None:
    try:
        return parse_rfc3339(text)
    except ValueError:
        return None
