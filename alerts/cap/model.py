"""A CAP 1.2 message (OASIS Common Alerting Protocol, urn:oasis:names:tc:emergency:cap:1.2) as plain data.

Names are those of the standard. Coordinates are latitude, longitude in WGS 84 degrees, the other way round than everywhere else
here: that is why polygons and circles stay the text of the document, made and read by ``alerts.cap.shapes`` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"


class Status(StrEnum):
    """Whom a message is for."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """What a message does to those before it."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """Who may have it."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message, as ``references`` names it."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A valueName with its value: an event code, a parameter, a geocode."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A file that belongs to a message; only named, never fetched."""

    description: str
    mime_type: str
    size: str = ""
    uri: str = ""
    deref_uri: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Where: in words, and as polygons (``lat,lon lat,lon …``), circles (``lat,lon km``) and codes."""

    description: str
    polygons: tuple[str, ...] = ()
    circles: tuple[str, ...] = ()
    geocodes: tuple[Named, ...] = ()
    altitude: str = ""
    ceiling: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What is said, in one language."""

    category: tuple[str, ...]
    event: str
    urgency: str
    severity: str
    certainty: str
    language: str = "en-US"
    response_types: tuple[str, ...] = ()
    audience: str = ""
    event_codes: tuple[Named, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[Named, ...] = ()
    resources: tuple[Resource, ...] = ()
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CapAlert:
    """A message. ``signed`` says that a signature came with it; signatures are neither made nor verified here."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope = Scope.PUBLIC
    source: str = ""
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: str = ""
    infos: tuple[Info, ...] = ()
    signed: bool = False

    @property
    def reference(self) -> Reference:
        """How later messages name this one."""
        return Reference(self.sender, self.identifier, self.sent)
