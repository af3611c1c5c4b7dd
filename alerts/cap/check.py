"""What the schema of CAP 1.2 lets pass and must not be: every rule here was measured to be missing from the XSD."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from alerts.cap.model import Area, CapAlert, Info, MsgType, Resource, Scope
from alerts.cap.shapes import mistakes_of_circle, mistakes_of_polygon
from core.model import Bounds

_NOT_IN_NAMES = re.compile(r"[\s,<&]")
_HTML = re.compile(r"</?[A-Za-z][^>]*>|&(?:[A-Za-z]+|#\d+|#x[0-9A-Fa-f]+);")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
_MIME = re.compile(r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}", re.ASCII)


def mistakes_of(alert: CapAlert, service_area: Bounds | None = None) -> list[str]:
    """Everything that makes a message nonsense though it may be valid; empty where it is sound.

    ``service_area`` is the box the sender speaks for, None where it is not known (a message from outside).
    """
    return [*_of_envelope(alert), *_of_references(alert), *_of_infos(alert, service_area)]


def _of_envelope(alert: CapAlert) -> Iterator[str]:
    for name, value in (("identifier", alert.identifier), ("sender", alert.sender)):
        if not value:
            yield f"{name}: empty"
        elif _NOT_IN_NAMES.search(value):
            yield f"{name}: a space, comma, < or & in it"
    if alert.scope is Scope.RESTRICTED and not alert.restriction:
        yield "scope Restricted without restriction"
    if alert.scope is not Scope.RESTRICTED and alert.restriction:
        yield f"restriction with scope {alert.scope.value}"
    if alert.scope is Scope.PRIVATE and not alert.addresses:
        yield "scope Private without addresses"
    if alert.msg_type in (MsgType.ALERT, MsgType.UPDATE) and not alert.infos:
        yield f"{alert.msg_type.value} without info"


def _of_references(alert: CapAlert) -> Iterator[str]:
    if alert.msg_type is MsgType.ALERT and alert.references:
        yield "Alert with references: it would be an Update"
    if alert.msg_type is not MsgType.ALERT and not alert.references:
        yield f"{alert.msg_type.value} without references"
    for reference in alert.references:
        if (reference.sender, reference.identifier) == (alert.sender, alert.identifier):
            yield "references: circular, the message names itself"
        elif reference.sent > alert.sent:
            yield f"references: {reference.identifier} is later than the message"
    if len(set(alert.references)) < len(alert.references):
        yield "references: one is named twice"


def _of_infos(alert: CapAlert, service_area: Bounds | None) -> Iterator[str]:
    for number, info in enumerate(alert.infos, start=1):
        for mistake in _of_info(info, alert.sent, service_area):
            yield f"info {number} ({info.language}): {mistake}"
    for number, info in enumerate(alert.infos):
        for other in alert.infos[:number]:
            yield from _alike(info, other)


def _of_info(info: Info, sent: datetime, service_area: Bounds | None) -> Iterator[str]:
    if not _LANGUAGE.fullmatch(info.language):
        yield "language: not a language tag"
    if not info.event.strip():
        yield "event: empty"
    if info.expires is not None and info.expires < max(sent, info.effective or sent):
        yield "expires before it was sent or is effective"
    for name in ("event", "headline", "description", "instruction", "contact", "sender_name", "audience"):
        if _HTML.search(getattr(info, name)):
            yield f"{name}: HTML in it"
    for resource in info.resources:
        yield from _of_resource(resource)
    for area in info.areas:
        yield from _of_area(area, service_area)


def _of_area(area: Area, service_area: Bounds | None) -> Iterator[str]:
    if not area.description.strip():
        yield "area: not described in words"
    if _HTML.search(area.description):
        yield "areaDesc: HTML in it"
    for polygon in area.polygons:
        yield from mistakes_of_polygon(polygon, service_area)
    for circle in area.circles:
        yield from mistakes_of_circle(circle, service_area)


def _of_resource(resource: Resource) -> Iterator[str]:
    if not _MIME.fullmatch(resource.mime_type):
        yield f"mimeType {resource.mime_type[:60]!r}: not a media type"


def _alike(info: Info, other: Info) -> Iterator[str]:
    """The same text under two languages, or two texts under one."""
    if info.language.partition("-")[0].lower() == other.language.partition("-")[0].lower():
        if (info.event, info.headline, info.description) == (other.event, other.headline, other.description):
            yield f"two infos of one language ({info.language}) say the same"
        return
    for name in ("headline", "description", "instruction"):
        if getattr(info, name) and getattr(info, name) == getattr(other, name):
            yield f"{name}: the same text under {other.language} and {info.language}"
