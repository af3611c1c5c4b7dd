"""Reads CAP 1.2 from outside, whole or not at all, with no access to the network.

Another version, another document, an element the standard does not have, one in the wrong place or missing, a word that is none of
the standard's: each refuses the whole message. A signature is allowed, noted, and not verified.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar
from xml.etree.ElementTree import Element

from alerts.cap.model import NAMESPACE, Area, CapAlert, Info, MsgType, Named, Reference, Resource, Scope, Status
from alerts.xml_intake import Allowance, read_xml
from core.errors import DecodeError

_OLDER = re.compile(r"urn:oasis:names:tc:emergency:cap:1\.[01]|http://www\.incident\.com/cap/1\.0")
_SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)[+-](?:0\d|1[0-4]):[0-5]\d", re.ASCII)
_ALLOWED = Allowance(bytes=2_000_000, elements=20_000, depth=8)

_MANY = 10_000
Rule = Mapping[str, tuple[int, int]]
"""The children of an element in the order of the standard, with how often each may stand: (least, most)."""

_ALERT: Rule = {
    **dict.fromkeys(("identifier", "sender", "sent", "status", "msgType"), (1, 1)),
    "source": (0, 1),
    "scope": (1, 1),
    "restriction": (0, 1),
    "addresses": (0, 1),
    "code": (0, _MANY),
    **dict.fromkeys(("note", "references", "incidents"), (0, 1)),
    "info": (0, _MANY),
}
_INFO: Rule = {
    "language": (0, 1),
    "category": (1, _MANY),
    "event": (1, 1),
    "responseType": (0, _MANY),
    **dict.fromkeys(("urgency", "severity", "certainty"), (1, 1)),
    "audience": (0, 1),
    "eventCode": (0, _MANY),
    **dict.fromkeys(
        ("effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact"),
        (0, 1),
    ),
    "parameter": (0, _MANY),
    "resource": (0, _MANY),
    "area": (0, _MANY),
}
_RESOURCE: Rule = {
    "resourceDesc": (1, 1),
    "mimeType": (1, 1),
    **dict.fromkeys(("size", "uri", "derefUri", "digest"), (0, 1)),
}
_AREA: Rule = {
    "areaDesc": (1, 1),
    "polygon": (0, _MANY),
    "circle": (0, _MANY),
    "geocode": (0, _MANY),
    "altitude": (0, 1),
    "ceiling": (0, 1),
}
_PAIR: Rule = {"valueName": (1, 1), "value": (1, 1)}

_WORDS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "category": "Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other",
        "responseType": "Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None",
        "urgency": "Immediate Expected Future Past Unknown",
        "severity": "Extreme Severe Moderate Minor Unknown",
        "certainty": "Observed Likely Possible Unlikely Unknown",
    }.items()
}

Word = TypeVar("Word", Status, MsgType, Scope)


def read_cap(raw: bytes) -> CapAlert:
    """The message in these bytes, its texts as they were written.

    Raises DecodeError: the reasons of ``read_xml``, ``cap_version`` for an older version, ``not_cap`` for another document, ``bad_cap``
    for what the standard does not have. Whether it makes sense is another question (``alerts.cap.check``).
    """
    root = read_xml(raw, _ALLOWED)
    namespace = root.tag.rpartition("}")[0].removeprefix("{")
    if _OLDER.fullmatch(namespace):
        raise DecodeError("cap_version", f"CAP of another version ({namespace}); 1.2 is read")
    if root.tag != f"{{{NAMESPACE}}}alert":
        raise DecodeError("not_cap", f"the document is {root.tag[:80]}, not an alert of CAP 1.2")
    signed = [child for child in root if child.tag == _SIGNATURE]
    found = _children(root, _ALERT, besides=signed)
    return CapAlert(
        identifier=_one(found, "identifier"),
        sender=_one(found, "sender"),
        sent=_time(_one(found, "sent")),
        status=_word(Status, _one(found, "status")),
        msg_type=_word(MsgType, _one(found, "msgType")),
        scope=_word(Scope, _one(found, "scope")),
        source=_one(found, "source"),
        restriction=_one(found, "restriction"),
        addresses=_one(found, "addresses"),
        codes=_all(found, "code"),
        note=_one(found, "note"),
        references=tuple(_references(_one(found, "references"))),
        incidents=_one(found, "incidents"),
        infos=tuple(_info(part) for part in found["info"]),
        signed=bool(signed),
    )


Children = dict[str, list[Element]]


def _children(parent: Element, rule: Rule, besides: list[Element] | None = None) -> Children:
    """The children by name. Raises DecodeError for a foreign one, one out of order, too often or too seldom."""
    found: Children = {name: [] for name in rule}
    order = list(rule)
    place = 0
    for child in parent:
        if besides and child in besides:
            continue
        name = child.tag.removeprefix(f"{{{NAMESPACE}}}")
        if name not in rule:
            raise DecodeError("bad_cap", f"{_name(parent)} has no {child.tag[:80]}")
        if order.index(name) < place:
            raise DecodeError("bad_cap", f"{name} of {_name(parent)} stands in the wrong place")
        place = order.index(name)
        found[name].append(child)
    for name, (least, most) in rule.items():
        if not least <= len(found[name]) <= most:
            raise DecodeError("bad_cap", f"{_name(parent)} has {len(found[name])} {name}")
    return found


def _info(part: Element) -> Info:
    found = _children(part, _INFO)
    return Info(
        language=_one(found, "language").strip() or "en-US",  # the standard's own default
        category=_chosen(found, "category"),
        event=_one(found, "event"),
        response_types=_chosen(found, "responseType"),
        urgency=_chosen(found, "urgency")[0],
        severity=_chosen(found, "severity")[0],
        certainty=_chosen(found, "certainty")[0],
        audience=_one(found, "audience"),
        event_codes=_pairs(found["eventCode"]),
        effective=_may_be_time(found, "effective"),
        onset=_may_be_time(found, "onset"),
        expires=_may_be_time(found, "expires"),
        sender_name=_one(found, "senderName"),
        headline=_one(found, "headline"),
        description=_one(found, "description"),
        instruction=_one(found, "instruction"),
        web=_one(found, "web"),
        contact=_one(found, "contact"),
        parameters=_pairs(found["parameter"]),
        resources=tuple(_resource(one) for one in found["resource"]),
        areas=tuple(_area(one) for one in found["area"]),
    )


def _resource(part: Element) -> Resource:
    found = _children(part, _RESOURCE)
    return Resource(
        description=_one(found, "resourceDesc"),
        mime_type=_one(found, "mimeType"),
        size=_one(found, "size"),
        uri=_one(found, "uri"),
        deref_uri=_one(found, "derefUri"),
        digest=_one(found, "digest"),
    )


def _area(part: Element) -> Area:
    found = _children(part, _AREA)
    return Area(
        description=_one(found, "areaDesc"),
        polygons=_all(found, "polygon"),
        circles=_all(found, "circle"),
        geocodes=_pairs(found["geocode"]),
        altitude=_one(found, "altitude"),
        ceiling=_one(found, "ceiling"),
    )


def _pairs(parts: list[Element]) -> tuple[Named, ...]:
    pairs = [_children(part, _PAIR) for part in parts]
    return tuple(Named(_one(pair, "valueName"), _one(pair, "value")) for pair in pairs)


def _references(text: str) -> Iterator[Reference]:
    for entry in text.split():
        parts = entry.split(",")
        if len(parts) != 3:
            raise DecodeError("bad_cap", f"references: {entry[:80]!r} is not sender,identifier,sent")
        yield Reference(parts[0], parts[1], _time(parts[2]))


def _chosen(found: Children, name: str) -> tuple[str, ...]:
    texts = _all(found, name)
    for text in texts:
        if text not in _WORDS[name]:
            raise DecodeError("bad_cap", f"{name}: {text[:40]!r} is no word of the standard")
    return texts


def _all(found: Children, name: str) -> tuple[str, ...]:
    return tuple(_content(part) for part in found[name])


def _one(found: Children, name: str) -> str:
    return _content(found[name][0]) if found[name] else ""


def _content(part: Element) -> str:
    if len(part):
        raise DecodeError("bad_cap", f"{_name(part)} has elements in it, text was expected")
    return part.text or ""


def _word(kind: type[Word], text: str) -> Word:
    try:
        return kind(text)
    except ValueError as error:
        raise DecodeError("bad_cap", f"{kind.__name__}: {text[:40]!r} is no word of the standard") from error


def _may_be_time(found: Children, name: str) -> datetime | None:
    return _time(_one(found, name)) if found[name] else None


def _time(text: str) -> datetime:
    """The instant; the schema wants whole seconds and an offset in digits, never Z."""
    if not _TIME.fullmatch(text):
        raise DecodeError("bad_cap", f"{text[:40]!r} is no time of CAP")
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise DecodeError("bad_cap", f"{text[:40]!r} is no time: {error}") from error


def _name(part: Element) -> str:
    return part.tag.rpartition("}")[2][:60]
