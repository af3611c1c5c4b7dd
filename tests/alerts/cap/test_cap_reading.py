"""CAP from outside: whole or not at all, and without one connection to anywhere."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.cap import mistakes_of, read_cap, write_cap
from alerts.cap.model import Area, CapAlert, Info, MsgType, Named, Reference, Resource, Scope, Status
from alerts.xml_intake import Allowance, read_xml
from core.errors import DecodeError
from core.model import Bounds
from tests.examples import examples

SENT = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
TOWN = Bounds(140.31, 38.43, 140.63, 38.73)
SQUARE = "38.5,140.4 38.6,140.4 38.6,140.5 38.5,140.5 38.5,140.4"

INFO = Info(
    language="ja-JP",
    category=("Met",),
    event="大雪",
    urgency="Expected",
    severity="Moderate",
    certainty="Likely",
    expires=SENT + timedelta(hours=2),
    headline="大雪に注意",
    description="雪が降っています",
    parameters=(Named("a", "b"),),
    resources=(Resource(description="地図", mime_type="image/png"),),
    areas=(Area(description="市内", polygons=(SQUARE,), circles=("38.5,140.4 1.5",)),),
)
ALERT = CapAlert(
    identifier="a.1", sender="town", sent=SENT, status=Status.ACTUAL, msg_type=MsgType.ALERT, infos=(INFO,)
)
EARLIER = Reference("town", "a.0", SENT - timedelta(hours=1))


def text(alert: CapAlert = ALERT) -> str:
    return write_cap(alert).decode()


def refused(raw: bytes | str) -> str:
    with pytest.raises(DecodeError) as caught:
        read_cap(raw if isinstance(raw, bytes) else raw.encode())
    return caught.value.reason


@pytest.fixture
def tripwire():
    """An address that must never be called, and how often it was."""
    called = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        stop = threading.Event()

        def listen():
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                called.append(connection)
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/x"
        stop.set()
        thread.join()
    assert called == []


def with_doctype(doctype: str, inside: str = "a.1") -> str:
    return text().replace("<alert", f"{doctype}\n<alert", 1).replace("a.1", inside, 1)


@pytest.mark.parametrize(
    ("doctype", "inside"),
    [
        ('<!DOCTYPE alert SYSTEM "{}">', "a"),
        ('<!DOCTYPE alert PUBLIC "-//x//y" "{}">', "a"),
        ('<!DOCTYPE alert [<!ENTITY e SYSTEM "{}">]>', "&e;"),
        ('<!DOCTYPE alert [<!ENTITY % p SYSTEM "{}"> %p;]>', "a"),
        ('<!DOCTYPE alert [<!ENTITY e SYSTEM "file:///etc/hostname">]>', "&e;"),
        ('<!DOCTYPE alert [<!ENTITY e "harmless">]>', "&e;"),
        ("<!DOCTYPE alert>", "a"),
        (
            (
                '<!DOCTYPE alert [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">'
                '<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;"><!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;">]>'
            ),
            "&e;",
        ),
    ],
)
def test_document_types_and_entities_are_refused_and_nothing_is_fetched(tripwire, doctype, inside):
    assert refused(with_doctype(doctype.format(tripwire), inside)) == "forbidden_xml"


def test_nothing_named_in_a_document_is_fetched(tripwire):
    include = f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{tripwire}"/>'
    assert refused(text().replace("</alert>", f"{include}</alert>")) == "forbidden_xml"
    sheet = f'<?xml-stylesheet href="{tripwire}"?><alert'
    located = f'xsi:schemaLocation="urn:x {tripwire}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    resource = replace(INFO.resources[0], uri=tripwire)
    raw = text(replace(ALERT, infos=(replace(INFO, resources=(resource,)),))).replace("<alert", sheet, 1)
    assert read_cap(raw.replace("<alert", f"<alert {located}", 1).encode()).infos[0].resources == (resource,)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("cap:1.2", "cap:1.1", "cap_version"),
        ("cap:1.2", "cap:1.0", "cap_version"),
        ("urn:oasis:names:tc:emergency:cap:1.2", "http://www.incident.com/cap/1.0", "cap_version"),
        ("urn:oasis:names:tc:emergency:cap:1.2", "urn:something", "not_cap"),
        ("<scope>", "<stranger/><scope>", "bad_cap"),
        ("<scope>", '<x:y xmlns:x="urn:x"/><scope>', "bad_cap"),
        ("<areaDesc>", "<note>n</note><areaDesc>", "bad_cap"),
        ("<scope>Public</scope>", "", "bad_cap"),
        ("<scope>Public</scope>", "<scope>Public</scope><scope>Public</scope>", "bad_cap"),
        ("<event>大雪</event>", "<event>大<b>雪</b></event>", "bad_cap"),
        ("<category>Met</category>", "", "bad_cap"),
        ("<category>Met</category>", "<category>met</category>", "bad_cap"),
        ("<status>Actual</status>", "<status>actual</status>", "bad_cap"),
        ("<severity>Moderate</severity>", "<severity>Big</severity>", "bad_cap"),
        ("<sent>2026-01-10T12:00:00+09:00</sent>", "<sent>2026-01-10T03:00:00Z</sent>", "bad_cap"),
        ("<sent>2026-01-10T12:00:00+09:00</sent>", "<sent>2026-01-10T12:00:00.5+09:00</sent>", "bad_cap"),
        ("<sent>2026-01-10T12:00:00+09:00</sent>", "<sent>2026-01-10T24:00:00+09:00</sent>", "bad_cap"),
        ("<sent>2026-01-10T12:00:00+09:00</sent>", "<sent>2026-02-30T12:00:00+09:00</sent>", "bad_cap"),
        ("<scope>Public</scope>", "<scope>Public</scope><references>a,b</references>", "bad_cap"),
        ("</alert>", "", "bad_xml"),
        ("<alert", "not XML at all <alert", "bad_xml"),
    ],
)
def test_what_the_standard_does_not_have_refuses_the_message(old, new, reason):
    assert refused(text().replace(old, new, 1)) == reason


def test_order_matters():
    moved = text().replace("<scope>Public</scope>", "").replace("<sent>", "<scope>Public</scope><sent>")
    assert refused(moved) == "bad_cap"


def test_a_signature_is_allowed_and_noted():
    signed = text().replace(
        "</alert>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><X/></Signature></alert>'
    )
    assert read_cap(signed.encode()) == replace(ALERT, signed=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "shift_jis", "euc-jp", "iso-2022-jp"])
def test_what_is_declared_is_decoded(encoding):
    declared = {"utf-8-sig": "utf-8"}.get(encoding, encoding)
    raw = text().replace("encoding='utf-8'", f"encoding='{declared}'").encode(encoding)
    assert read_cap(raw) == ALERT


def test_latin_letters_are_latin_letters():
    french = replace(ALERT, infos=(replace(INFO, event="Névé", headline="", description="", areas=(), resources=()),))
    raw = text(french).replace("encoding='utf-8'", "encoding='ISO-8859-1'").encode("iso-8859-1")
    assert read_cap(raw).infos[0].event == "Névé"


@pytest.mark.parametrize(
    "raw",
    [
        text().encode("utf-16"),  # says utf-8
        text().replace("encoding='utf-8'", "encoding='utf-16'").encode(),  # is utf-8
        text().replace("encoding='utf-8'", "encoding='utf-7'").encode(),
        text().replace("encoding='utf-8'", "encoding='klingon'").encode(),
        text().encode("shift_jis"),
        text().encode("utf-8").replace("大".encode(), b"\xff\xfe"),
        b"\xef\xbb\xbf" + text().replace("encoding='utf-8'", "encoding='iso-8859-1'").encode(),
        text().replace("utf-8", "us-ascii").encode(),
        text().encode("utf-16-le"),
    ],
)
def test_an_encoding_that_lies_or_is_not_known_is_refused(raw):
    assert refused(raw) == "bad_encoding"


@pytest.mark.parametrize(
    "raw", [b"", b"\x00", b"\x00\x01\x02", b"{}", b"<", b"PK\x03\x04", "雪".encode(), b"<alert>\x00</alert>"]
)
def test_what_is_no_xml_is_refused(raw):
    assert refused(raw) in ("bad_xml", "not_cap", "bad_encoding")


def test_too_much_is_refused():
    assert refused(b"<a>" + b" " * 50_000_000 + b"</a>") == "too_large"
    assert refused("<a>" * 100_000) == "too_large"
    assert refused("<a>" + "<b/>" * 30_000 + "</a>") == "too_large"
    with pytest.raises(DecodeError):
        read_xml(b"<a><b/></a>", Allowance(bytes=100, elements=1, depth=9))


@settings(max_examples=examples(300), deadline=None)
@given(st.integers(0, 10**6), st.binary(max_size=6), st.integers(0, 12))
def test_damaged_bytes_are_read_or_refused_and_nothing_else(place, put, cut):
    whole = text().encode()
    at = place % len(whole)
    with suppress(DecodeError):
        mistakes_of(read_cap(whole[:at] + put + whole[at + cut :]), TOWN)


def mistakes(**changes):
    info = {name: changes.pop(name) for name in list(changes) if name in Info.__dataclass_fields__}
    return mistakes_of(replace(ALERT, infos=(replace(INFO, **info),), **changes), TOWN)


def area(**shapes):
    return {"areas": (Area(description="市内", **shapes),)}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"identifier": "a b"}, "identifier"),
        ({"identifier": "a,b"}, "identifier"),
        ({"identifier": "a<b"}, "identifier"),
        ({"identifier": "a&b"}, "identifier"),
        ({"identifier": ""}, "identifier: empty"),
        ({"sender": "a b"}, "sender"),
        ({"scope": Scope.RESTRICTED}, "without restriction"),
        ({"restriction": "staff"}, "restriction with scope"),
        ({"scope": Scope.PRIVATE}, "without addresses"),
        ({"msg_type": MsgType.UPDATE}, "Update without references"),
        ({"msg_type": MsgType.CANCEL}, "Cancel without references"),
        ({"references": (EARLIER,)}, "Alert with references"),
        ({"msg_type": MsgType.UPDATE, "references": (ALERT.reference,)}, "circular"),
        ({"msg_type": MsgType.UPDATE, "references": (replace(EARLIER, sent=SENT + timedelta(1)),)}, "later"),
        ({"msg_type": MsgType.UPDATE, "references": (EARLIER, EARLIER)}, "twice"),
        ({"expires": SENT - timedelta(seconds=1)}, "expires before"),
        ({"effective": SENT + timedelta(hours=3)}, "expires before"),
        ({"language": "日本語"}, "language"),
        ({"language": "ja_JP"}, "language"),
        ({"description": "<b>雪</b>"}, "HTML"),
        ({"headline": "雪&nbsp;雪"}, "HTML"),
        ({"event": " "}, "event: empty"),
        ({"resources": (Resource(description="d", mime_type="png"),)}, "mimeType"),
        (area(polygons=("38.5,140.4 38.6,140.4 38.6,140.5 38.5,140.5",)), "not closed"),
        (area(polygons=("38.5,140.4 38.6,140.4 38.5,140.4",)), "fewer than 4"),
        (area(polygons=("38.5,140.4 38.5,140.4 38.5,140.4 38.5,140.4",)), "no area"),
        (area(polygons=("garbage",)), "not pairs"),
        (area(polygons=("140.4,38.5 140.4,38.6 140.5,38.6 140.4,38.5",)), "the order is latitude,longitude"),
        (area(polygons=("35.5,139.4 35.6,139.4 35.6,139.5 35.5,139.4",)), "outside of the service area"),
        (area(circles=("38.5 140.4 1",)), "circle"),
        (area(circles=("140.4,38.5 1",)), "circle"),
        ({"areas": (Area(description=" "),)}, "not described"),
    ],
)  # fmt: skip
def test_what_the_schema_lets_pass_is_found(changes, said):
    assert any(said in mistake for mistake in mistakes(**changes)), mistakes(**changes)


def test_a_sound_message_has_no_mistakes():
    assert mistakes() == []
    assert mistakes(scope=Scope.RESTRICTED, restriction="staff") == []
    assert mistakes(msg_type=MsgType.UPDATE, references=(EARLIER,)) == []
    assert mistakes_of(replace(ALERT, msg_type=MsgType.CANCEL, references=(EARLIER,), infos=())) == []


def test_an_alert_without_info_and_the_same_text_under_two_languages():
    assert mistakes_of(replace(ALERT, infos=())) == ["Alert without info"]
    english = replace(INFO, language="en-US")
    assert any("same text under" in mistake for mistake in mistakes_of(replace(ALERT, infos=(INFO, english))))
    assert any("one language" in mistake for mistake in mistakes_of(replace(ALERT, infos=(INFO, INFO))))
