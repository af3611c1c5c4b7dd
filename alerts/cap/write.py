"""Writes CAP 1.2: the same message gives the same bytes; times are ``+09:00`` and whole seconds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from alerts.cap.model import NAMESPACE, Area, CapAlert, Info, Named, Reference, Resource
from core.times import JST

# Characters XML 1.0 cannot carry (section 2.2): names come from files people write.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_cap(alert: CapAlert) -> bytes:
    """The document in UTF-8. It is not checked here: see ``alerts.cap.check``."""
    root = Element(_tag("alert"))
    for name, value in (
        ("identifier", alert.identifier),
        ("sender", alert.sender),
        ("sent", cap_time(alert.sent)),
        ("status", alert.status.value),
        ("msgType", alert.msg_type.value),
        ("source", alert.source),
        ("scope", alert.scope.value),
        ("restriction", alert.restriction),
        ("addresses", alert.addresses),
        *(("code", code) for code in alert.codes),
        ("note", alert.note),
        ("references", references_text(alert.references)),
        ("incidents", alert.incidents),
    ):
        _text(root, name, value)
    for info in alert.infos:
        _info(root, info)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True, default_namespace=NAMESPACE)
    return written + b"\n"


def cap_time(at: datetime) -> str:
    """The instant as CAP wants it: whole seconds with an offset in digits, here Japan's; the schema refuses ``Z``."""
    return at.astimezone(JST).isoformat(timespec="seconds")


def references_text(references: Iterable[Reference]) -> str:
    """``sender,identifier,sent`` of each, blanks between them."""
    return " ".join(f"{one.sender},{one.identifier},{cap_time(one.sent)}" for one in references)


def _info(root: Element, info: Info) -> None:
    part = SubElement(root, _tag("info"))
    _text(part, "language", info.language)
    _texts(part, "category", info.category)
    _text(part, "event", info.event)
    _texts(part, "responseType", info.response_types)
    for name in ("urgency", "severity", "certainty", "audience"):
        _text(part, name, getattr(info, name))
    _named(part, "eventCode", info.event_codes)
    for name in ("effective", "onset", "expires"):
        at = getattr(info, name)
        _text(part, name, cap_time(at) if at else "")
    _text(part, "senderName", info.sender_name)
    for name in ("headline", "description", "instruction", "web", "contact"):
        _text(part, name, getattr(info, name))
    _named(part, "parameter", info.parameters)
    for resource in info.resources:
        _resource(part, resource)
    for area in info.areas:
        _area(part, area)


def _resource(info: Element, resource: Resource) -> None:
    part = SubElement(info, _tag("resource"))
    _text(part, "resourceDesc", resource.description)
    _text(part, "mimeType", resource.mime_type)
    _text(part, "size", resource.size)
    _text(part, "uri", resource.uri)
    _text(part, "derefUri", resource.deref_uri)
    _text(part, "digest", resource.digest)


def _area(info: Element, area: Area) -> None:
    part = SubElement(info, _tag("area"))
    _text(part, "areaDesc", area.description)
    _texts(part, "polygon", area.polygons)
    _texts(part, "circle", area.circles)
    _named(part, "geocode", area.geocodes)
    _text(part, "altitude", area.altitude)
    _text(part, "ceiling", area.ceiling)


def _named(parent: Element, name: str, pairs: Iterable[Named]) -> None:
    for pair in pairs:
        part = SubElement(parent, _tag(name))
        _text(part, "valueName", pair.name)
        _text(part, "value", pair.value)


def _texts(parent: Element, name: str, texts: Iterable[str]) -> None:
    for text in texts:
        _text(parent, name, text)


def _text(parent: Element, name: str, text: str) -> None:
    """An element for a text; an empty text has none."""
    if text:
        SubElement(parent, _tag(name)).text = _NOT_XML.sub("\ufffd", text)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"
