"""Pairs and groups of gauges as CAP 1.2: all of them named, all their places, and nothing before it is confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from lxml import etree

from alerts.cap import cap_messages, mistakes_of, read_cap, write_cap
from alerts.cap.model import MsgType, Status
from alerts.targets import instances_of
from config.rule_plan import Confirmation, RuleKind
from core.levels import Level
from core.model import Bounds, Position, StationId, StationKind, Thresholds
from store.alert_rows import EpisodeRow, TransitionRow

EPISODE = UUID("6f1d7c5e-6f0b-4b0e-9a53-2f7c1f1b8d11")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("CAP-v1.2.xsd")))


@pytest.fixture
def town(site, rule, level, stream):
    """A town whose gauges, as many as there are names, stand apart; ``changes`` are the rule's."""

    def make(
        names,
        station_kind=StationKind.RIVER,
        quantity="water_level",
        levels=(Level.CAUTION, Level.DANGER),
        at=None,
        **changes,
    ):
        first = site([]).stations[0]
        places = tuple(
            replace(
                first, id=StationId(f"g{n}"), kind=station_kind, name_ja=name, name_en=f"G{n}", river="", fictitious="架空" in name,
                position=Position(136.2, 36.0 + n / 50),
            )
            for n, name in enumerate(names)
        )  # fmt: skip
        heights = Thresholds(caution=1.5, danger=2.0)
        streams = tuple(stream(station=place.id, quantity=quantity, thresholds=heights) for place in places)
        rungs = [level(each, at, 0.2, clear_hold=10) for each in levels]
        told = rule(*rungs, id="several", title_ja="川", title_en="River", quantity=quantity, unit="m")
        return replace(
            site([replace(told, **changes)], stations=places, streams=streams), bounds=Bounds(135, 35, 137, 37)
        )

    return make


@pytest.fixture
def group(town):
    def make(*names, needed=2):
        return town(names, confirmation=Confirmation(needed=needed, within=30 * MINUTE, radius_km=None))

    return make


def episode(site, t0, **changes):
    (target,) = instances_of(site)
    row = EpisodeRow(EPISODE, "several", target.key, Level.DANGER, False, False, t0, t0, 2.1, 2.2, None, None)
    return replace(row, **changes)


def steps(t0, *told):
    """Transitions from (minute, kind, level, value, unconfirmed), in order."""
    rows = []
    for seq, (minute, kind, level, value, unconfirmed) in enumerate(told, start=1):
        at = t0 + minute * MINUTE
        rows.append(
            TransitionRow(EPISODE, seq, kind, Level.NORMAL, level, at, at, value, "data", "v1", unconfirmed=unconfirmed)
        )
    return rows


def said(site, t0, *told, after=59 * MINUTE):
    """The messages, each valid by the schema, the same when read back, and nothing wrong with it."""
    messages = cap_messages(site, episode(site, t0), steps(t0, *told), t0 + after)
    for message in messages:
        raw = write_cap(message)
        SCHEMA.assertValid(etree.fromstring(raw))
        assert read_cap(raw) == message
        assert mistakes_of(message, site.bounds) == []
    return messages


def test_a_group_names_its_members_and_covers_the_places_of_all(group, t0):
    site = group("上橋", "中橋", "下橋")
    (message,) = said(site, t0, (0, "fired", Level.DANGER, 2.1, False))
    ja, en = message.infos
    assert ja.headline == "【危険】上橋・中橋・下橋 河川水位 2.10 m"
    assert en.headline == "[Danger] G0, G1, G2: River level 2.10 m"
    assert "観測所: 上橋、中橋、下橋" in ja.description
    assert "2か所以上の観測所で確認" in ja.description
    assert "at least 2 stations" in en.description
    (area,) = ja.areas
    assert len(set(area.polygons)) == 3
    assert [code.value for code in area.geocodes] == [site.code]
    assert area.description.endswith("上橋・中橋・下橋 付近")
    assert [one.value for one in ja.parameters if one.name == "yukimori:station"] == ["g0", "g1", "g2"]


def test_many_members_are_counted_in_the_headline_and_named_in_the_text(group, t0):
    site = group(*(f"第{n}橋" for n in range(6)))
    (message,) = said(site, t0, (0, "fired", Level.DANGER, 2.1, False))
    ja, en = message.infos
    assert "第0橋・第1橋 ほか4か所" in ja.headline
    assert "G0, G1 and 4 more" in en.headline
    assert "第5橋" in ja.description
    assert len(ja.areas[0].polygons) == 6


def test_a_group_is_not_told_before_enough_of_it_agree(group, t0):
    site = group("上橋", "下橋")
    alone = (0, "fired", Level.DANGER, 2.1, True)
    assert said(site, t0, alone) == []
    assert (
        said(site, t0, alone, (20, "data_lost", Level.DANGER, 2.1, True), (90, "resolved", Level.NORMAL, 1.0, False))
        == []
    )
    (message,) = said(site, t0, alone, (10, "confirmed", Level.DANGER, 2.2, False))
    assert (message.msg_type, message.sent, message.infos[0].certainty) == (MsgType.ALERT, t0 + 10 * MINUTE, "Observed")
    assert "2.20 m" in message.infos[0].headline


def test_a_higher_level_waits_too_while_what_was_confirmed_goes_on(group, t0):
    site = group("上橋", "下橋")
    rise = ((0, "fired", Level.CAUTION, 1.6, False), (10, "raised", Level.DANGER, 2.1, True))
    (only,) = said(site, t0, *rise)
    assert only.infos[0].severity == "Minor"
    before, lost = said(site, t0, *rise, (30, "data_lost", Level.DANGER, 2.1, True))
    assert (lost.msg_type, lost.infos[0].severity, lost.infos[0].certainty) == (MsgType.UPDATE, "Minor", "Possible")
    assert "1.60 m" in lost.infos[0].headline
    assert lost.references == (before.reference,)
    grave = said(
        site, t0, *rise, (40, "confirmed", Level.DANGER, 2.3, False), (55, "resolved", Level.NORMAL, 1.0, False)
    )
    assert [(one.msg_type, one.infos[0].severity) for one in grave] == [
        (MsgType.ALERT, "Minor"), (MsgType.UPDATE, "Severe"), (MsgType.CANCEL, "Unknown"),
    ]  # fmt: skip


def test_a_pair_says_which_end_is_which(town, t0):
    pair = ((StationId("g0"), StationId("g1")),)
    site = town(
        ("上の溝", "下の溝（架空）"), StationKind.CHANNEL, "channel_level", (Level.WARNING,),
        at=10.0, kind=RuleKind.BLOCKAGE, pairs=pair, window=30 * MINUTE,
    )  # fmt: skip
    (message,) = said(site, t0, (0, "fired", Level.WARNING, 12.0, False))
    ja, en = message.infos
    assert "上の溝（上流側）、下の溝（架空）（下流側）" in ja.description
    assert "G0 (upstream), G1 (fictitious) (downstream)" in en.description
    assert ja.category == ("Infra",)
    assert len(ja.areas[0].polygons) == 2
    assert message.status is Status.TEST, "one made-up gauge makes the message a test"


def test_a_group_that_is_no_longer_watched_can_still_be_ended(group, t0):
    site = group("上橋", "下橋")
    told = steps(t0, (0, "fired", Level.DANGER, 2.1, False), (30, "closed", None, None, False))
    row = episode(site, t0)
    gone = replace(site, datastreams=())
    *_, last = cap_messages(gone, row, told, t0 + HOUR)
    assert last.msg_type is MsgType.CANCEL
    assert "上橋" in last.infos[0].headline
    assert cap_messages(replace(site, stations=site.stations[1:], datastreams=()), row, told, t0 + HOUR) == []


def test_a_doubted_value_of_one_gauge_is_told_as_possible(site, river_rule, t0):
    town = site([river_rule])
    row = EpisodeRow(EPISODE, "river", "harame/water_level", Level.DANGER, False, False, t0, t0, 2.1, 2.2, None, None)
    (message,) = cap_messages(town, row, steps(t0, (0, "fired", Level.DANGER, 2.1, True)), t0 + MINUTE)
    assert message.infos[0].certainty == "Possible"
    assert "未確認" in message.infos[0].description
    assert "Unconfirmed" in message.infos[1].description


def test_a_rate_is_told_with_its_own_unit(site, river_rule, t0):
    town = site([replace(river_rule, kind=RuleKind.RATE, window=HOUR, unit="m/h")])
    row = EpisodeRow(EPISODE, "river", "harame/water_level", Level.DANGER, False, False, t0, t0, 0.5, 0.5, None, None)
    (message,) = cap_messages(town, row, steps(t0, (0, "fired", Level.DANGER, 0.5, False)), t0 + MINUTE)
    assert "河川水位の上昇 1時間に 0.500 m" in message.infos[0].headline
    assert "0.500 m/h" in message.infos[1].headline
