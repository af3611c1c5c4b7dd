"""A gauge that falls silent during a warning of the agency matters more, at any hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest

from alerts.dispatch_matters import matters_of
from alerts.dispatch_plan import plan
from alerts.weather_context import in_force, with_weather
from config.model import ChannelConfig
from config.people_plan import Audience, People
from config.rule_plan import RuleKind, RuleState, ScheduleWindow
from core.levels import Level
from core.model import StationKind
from core.weather_warnings import WarningGrade, WeatherHazard, WeatherWarning
from store.alert_rows import TellingRow
from store.dispatching import Standing

NIGHT = datetime(2026, 1, 12, 15, 0, tzinfo=UTC)  # midnight in Japan
OFFICE = (ScheduleWindow(days=frozenset(range(7)), begin=time(8, 30), end=time(17, 15)),)

FLOOD = WeatherWarning(
    type="VPWW55", area="0621200", area_name="町", code="03", name="レベル３大雨警報", known=True, hazard=WeatherHazard.RAIN,
    grade=WarningGrade.WARNING, level=3, status="発表", issued_at=NIGHT, office="台", headline="",
)  # fmt: skip
SNOW = replace(FLOOD, type="VPWW60", code="06", name="大雪警報", hazard=WeatherHazard.SNOW, level=None)


@pytest.fixture
def silent(rule, level):
    return rule(
        level(Level.CAUTION, raise_at=60.0, clear_margin=0.0),
        id="silent", kind=RuleKind.MISSING, quantity="water_level", unit="min", schedule=OFFICE,
    )  # fmt: skip


@pytest.fixture
def made(site, river_rule, silent):
    def make(*rules, channel_level=Level.STANDBY, **changes):
        channel = ChannelConfig(id="hook", kind="webhook", min_level=channel_level, settings={})
        people = People(
            audiences=(Audience(id="desk", name_ja="係", name_en="Desk", channels=("hook",)),),
            group_wait=timedelta(0), group_interval=timedelta(0),
        )  # fmt: skip
        return replace(site(rules or (river_rule, silent), [channel]), people=people, **changes)

    return make


def standing(**facts):
    words = {"subject_ja": "【注意】原目", "subject_en": "[Caution] Harame", "text_ja": "途絶", "text_en": "silent"}
    body = {"status": "firing", "kind": "fired", "station": {"id": "harame"}, "rule": {"id": "silent"}, **words}
    row = TellingRow(
        UUID(int=1), 1, "silent", "harame/water_level", "fired", Level.CAUTION, Level.CAUTION, NIGHT, NIGHT, body, health=True
    )  # fmt: skip
    return Standing(
        tellings=[(row, facts.pop("told_at", None))], incidents=[], silences=[], announced=frozenset(), members=[], groups={}, **facts
    )  # fmt: skip


def told(town, *warnings, at=NIGHT, **facts):
    return plan(town, standing(**facts), {}, at, warnings).dispatch.messages


class Memory:
    """Rounds one after the other, with what the store would remember between them."""

    def __init__(self, town):
        self.town, self.standing = town, standing()

    def round(self, at, *warnings):
        done = plan(self.town, self.standing, {}, at, warnings).dispatch
        rows = [(row, at if done.verdicts else told_at) for row, told_at in self.standing.tellings]
        known = {(one.audience, one.matter): one for one in (*self.standing.members, *done.members)}
        self.standing = replace(self.standing, tellings=rows, members=list(known.values()))
        return [(message.level, message.id) for message in done.messages]


def test_on_a_calm_night_it_waits_for_the_office(made):
    desk = Memory(made())
    assert desk.round(NIGHT) == []
    ((level, _),) = desk.round(NIGHT + timedelta(hours=10))
    assert level == Level.CAUTION


def test_during_a_warning_it_is_told_at_once_and_says_why(made):
    (message,) = told(made(channel_level=Level.WARNING), FLOOD)
    assert message.level == Level.WARNING
    assert message.body["subject_ja"].startswith("【警戒】")
    assert message.body["subject_en"].startswith("[Warning]")
    assert "気象庁の警報" in message.body["text_ja"]
    assert "Meteorological Agency" in message.body["text_en"]


def test_what_was_told_as_caution_is_told_again_once(made):
    desk = Memory(made())
    (first,) = desk.round(NIGHT + timedelta(hours=10))
    (second,) = desk.round(NIGHT + timedelta(hours=12), FLOOD)
    assert (first[0], second[0]) == (Level.CAUTION, Level.WARNING)
    assert first[1] != second[1]
    assert desk.round(NIGHT + timedelta(hours=13), FLOOD) == []
    assert desk.round(NIGHT + timedelta(hours=14)) == []


def test_who_is_told_of_warnings_alone_hears_of_it_when_one_begins(made):
    desk = Memory(made(channel_level=Level.WARNING))
    assert desk.round(NIGHT + timedelta(hours=10)) == []
    assert [level for level, _ in desk.round(NIGHT + timedelta(hours=11), FLOOD)] == [Level.WARNING]
    assert desk.round(NIGHT + timedelta(hours=12), FLOOD) == []


@pytest.mark.parametrize(
    "warning",
    [
        SNOW,
        replace(FLOOD, grade=WarningGrade.ADVISORY),
        replace(FLOOD, until=NIGHT),
        replace(FLOOD, hazard=WeatherHazard.THUNDER),
    ],
)
def test_another_hazard_an_advisory_and_what_has_run_out_change_nothing(made, warning):
    town = made()
    assert with_weather(town, matters_of(town, standing()), [warning], NIGHT) == matters_of(town, standing())


def test_a_gauge_no_grave_rule_watches_stays_as_it_is(made, rule, level, silent, river_rule):
    low = rule(level(Level.CAUTION, raise_at=1.0), id="low", quantity="water_level", unit="m")
    shadow = replace(river_rule, state=RuleState.SHADOW)
    elsewhere = replace(river_rule, station_kinds=frozenset({StationKind.SNOW}))
    for other in (low, shadow, elsewhere):
        assert told(made(other, silent), FLOOD) == []


def test_the_kinds_whose_silence_matters_more():
    assert in_force([FLOOD], NIGHT) == {StationKind.RIVER, StationKind.CHANNEL}
    assert in_force([SNOW], NIGHT) == {StationKind.SNOW, StationKind.CHANNEL}
    assert in_force([], NIGHT) == frozenset()
