"""Episodes as CAP 1.2: valid by the standard's schema, sound by our own rules, and never what they must not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from alerts.cap import cap_messages, cap_of_episode, mistakes_of, read_cap, write_cap
from alerts.cap.model import MsgType, Status
from alerts.cap.shapes import points_of
from config.model import Demo
from config.rule_plan import RuleKind, RuleState
from core.levels import Level
from core.model import Bounds, Position, StationKind
from store.alert_rows import EpisodeRow, TransitionRow
from tests.examples import examples

EPISODE = UUID("6f1d7c5e-6f0b-4b0e-9a53-2f7c1f1b8d10")
HOUR = timedelta(hours=1)
SCHEMA = etree.XMLSchema(etree.parse(Path(__file__).with_name("CAP-v1.2.xsd")))


@pytest.fixture
def river(site, river_rule):
    return site([river_rule])


def episode(t0, **changes):
    facts = {
        "id": EPISODE, "rule": "river", "target": "harame/water_level", "level": Level.DANGER, "stale": False,
        "recovering": False, "opened_at": t0, "detected_at": t0, "value": 2.1, "peak": 2.2, "closed_at": None, "outcome": None,
    }  # fmt: skip
    return EpisodeRow(**(facts | changes))


def steps(t0, *told):
    """Transitions from (minute, kind, level, value[, cause]), in order."""
    rows, before = [], Level.NORMAL
    for seq, (minute, kind, level, value, *cause) in enumerate(told):
        at = t0 + timedelta(minutes=minute)
        rows.append(TransitionRow(EPISODE, seq, kind, before, level, at, at, value, *(cause or ["reached"]), "v1"))
        before = level or before
    return rows


RISE = ((0, "fired", Level.CAUTION, 1.5), (20, "raised", Level.DANGER, 2.05))


def sound(message, site):
    """What is written is valid, reads back as the same message, and nothing is wrong with it."""
    raw = write_cap(message)
    SCHEMA.assertValid(etree.fromstring(raw))
    assert read_cap(raw) == message
    assert mistakes_of(message, site.bounds) == []
    return raw.decode()


def test_the_first_step_is_an_alert_the_next_an_update_the_end_a_cancel(river, t0):
    told = steps(t0, *RISE, (50, "resolved", Level.NORMAL, 1.1))
    messages = cap_messages(river, episode(t0), told, t0 + HOUR)
    assert [message.msg_type for message in messages] == [MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL]
    for message in messages:
        sound(message, river)
    alert, update, cancel = messages
    assert alert.references == ()
    assert update.references == (alert.reference,)
    assert cancel.references == (alert.reference, update.reference)
    assert [message.infos[0].severity for message in messages] == ["Minor", "Severe", "Unknown"]
    assert [message.infos[0].urgency for message in messages] == ["Future", "Immediate", "Past"]
    assert "解消" in cancel.infos[0].headline
    assert "安全を示すものではありません" in cancel.infos[0].description


def test_what_is_told_is_told_in_both_languages_with_place_and_time(river, t0):
    text = sound(cap_of_episode(river, episode(t0), steps(t0, *RISE), t0 + HOUR / 2), river)
    ja, en = read_cap(text.encode()).infos
    assert (ja.language, en.language) == ("ja-JP", "en-US")
    assert ja.headline == "【危険】原目（荒川） 河川水位 2.05 m"
    assert en.headline.startswith("[Danger] Harame: ")
    assert "<sent>2026-01-10T12:20:00+09:00</sent>" in text
    assert "<onset>2026-01-10T12:00:00+09:00</onset>" in text
    assert "<expires>2026-01-10T14:20:00+09:00</expires>" in text
    assert ja.areas[0].geocodes[0].value == river.code
    lat, lon = points_of(ja.areas[0].polygons[0])[0]
    assert (35 < lat < 37, 136 < lon < 137) == (True, True)


def test_what_goes_on_is_renewed_each_hour_and_names_what_is_still_in_force(river, t0):
    told = steps(t0, (0, "fired", Level.DANGER, 2.1))
    messages = cap_messages(river, episode(t0), told, t0 + 30 * HOUR)
    assert len(messages) == 31
    assert [len(message.references) for message in messages[:5]] == [0, 1, 2, 2, 2]
    assert all(message.references[0] == messages[0].reference for message in messages[1:])
    assert len({message.identifier for message in messages}) == 31
    assert messages[-1].infos[0].expires == t0 + 32 * HOUR
    sound(messages[-1], river)
    assert cap_of_episode(river, episode(t0), told, t0 + HOUR / 2) == messages[0], "the past does not change"


def test_silence_is_said_and_is_no_end(river, t0):
    told = steps(t0, *RISE, (40, "data_lost", Level.DANGER, None))
    message = cap_of_episode(river, episode(t0), told, t0 + HOUR)
    sound(message, river)
    assert message.msg_type is MsgType.UPDATE
    assert message.infos[0].certainty == "Possible"
    assert "解消ではありません" in message.infos[0].description
    assert "not an all-clear" in message.infos[1].description


@pytest.mark.parametrize(
    ("kind", "cause", "word"), [("closed", "rule-changed", "監視終了"), ("closed", "corrected", "訂正")]
)
def test_an_end_that_is_none_says_so(river, t0, kind, cause, word):
    message = cap_of_episode(river, episode(t0), steps(t0, *RISE, (30, kind, None, None, cause)), t0 + HOUR)
    sound(message, river)
    assert message.msg_type is MsgType.CANCEL
    assert word in message.infos[0].headline
    assert message.infos[0].certainty == "Unknown"


def test_standby_alone_and_what_was_over_before_it_was_known_are_no_message(river, t0):
    assert cap_of_episode(river, episode(t0), steps(t0, (0, "fired", Level.STANDBY, 1.2)), t0 + HOUR) is None
    at_once = [replace(step, detected_at=t0 + HOUR) for step in steps(t0, *RISE, (30, "resolved", Level.NORMAL, 1.0))]
    assert cap_of_episode(river, episode(t0), at_once, t0 + HOUR) is None
    assert cap_of_episode(river, episode(t0), [], t0 + HOUR) is None


@pytest.mark.parametrize(
    "changed",
    [{"kind": RuleKind.MISSING}, {"kind": RuleKind.FORECAST}, {"state": RuleState.SHADOW}, {"state": RuleState.DRAFT}],
)
def test_health_forecasts_and_rules_on_trial_never_become_cap(site, river_rule, t0, changed):
    town = site([replace(river_rule, **changed)])
    assert cap_messages(town, episode(t0), steps(t0, *RISE), t0 + HOUR) == []


def test_shadow_episodes_strange_rules_and_strange_stations_never_become_cap(river, t0):
    told = steps(t0, *RISE)
    for row in (
        episode(t0, shadow=True),
        episode(t0, rule="gone"),
        episode(t0, target="gone/water_level"),
        episode(t0, target="harame/wishes"),
    ):
        assert cap_messages(river, row, told, t0 + HOUR) == []


def test_status_tells_drill_and_demonstration_from_the_real(river, t0):
    told = steps(t0, *RISE)
    real = cap_of_episode(river, episode(t0), told, t0 + HOUR)
    assert (real.status, real.note) == (Status.ACTUAL, "")
    drill_site = replace(river, id="town~kunren", exercise=True)
    drill = cap_of_episode(drill_site, episode(t0), told, t0 + HOUR)
    sound(drill, drill_site)
    assert drill.status is Status.EXERCISE
    assert drill.infos[0].headline.startswith("【訓練】")
    assert drill.infos[1].headline.startswith("[EXERCISE]")
    assert drill.sender != real.sender
    demo = cap_of_episode(replace(river, demo=Demo(kind="replay", settings={})), episode(t0), told, t0 + HOUR)
    assert demo.status is Status.TEST


def test_snow_and_channels_never_speak_of_the_official_levels(site, rule, level, t0):
    made_up = rule(level(Level.DANGER), title_ja="警戒レベル4 流雪溝", title_en="Level")
    town = replace(site([made_up]), notice_ja="警 戒 レ ベ ル の見本", contact_ja="警戒ﾚﾍﾞﾙ係")
    message = cap_of_episode(
        town,
        episode(t0, rule="channel", target="asahi/channel_level"),
        steps(t0, (0, "fired", Level.DANGER, 90)),
        t0 + HOUR,
    )
    text = sound(message, town)
    assert message.status is Status.TEST
    assert message.infos[0].category == ("Infra",)
    assert "レベル" not in text.replace("段階", "")
    assert "架空" in text


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.text(min_size=1, max_size=30),
    lon=st.floats(136.0, 137.0),
    lat=st.floats(35.0, 37.0),
    value=st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False, width=16)),
)
def test_whatever_a_station_is_called_and_wherever_it_stands(river, t0, name, lon, lat, value):
    station = next(one for one in river.stations if one.kind is StationKind.RIVER)
    moved = replace(station, name_ja=name, name_en=name, river=name, position=Position(lon, lat))
    town = replace(river, stations=(moved,))
    message = cap_of_episode(town, episode(t0), steps(t0, (0, "fired", Level.DANGER, value)), t0 + HOUR)
    SCHEMA.assertValid(etree.fromstring(write_cap(message)))
    assert mistakes_of(read_cap(write_cap(message)), town.bounds) == []


def test_a_polygon_stays_in_the_town(river, t0):
    corner = replace(river, bounds=Bounds(136.199, 35.999, 137, 37))
    message = cap_of_episode(corner, episode(t0), steps(t0, *RISE), t0 + HOUR)
    assert mistakes_of(message, corner.bounds) == []
    away = replace(river, bounds=Bounds(138, 35, 139, 37))
    assert cap_of_episode(away, episode(t0), steps(t0, *RISE), t0 + HOUR).infos[0].areas[0].polygons == ()
