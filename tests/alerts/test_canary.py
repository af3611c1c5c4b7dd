"""The daily trial: once a day in office hours on each channel, over restarts, never to residents."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alerts.canary import Canary, trial
from config.model import ChannelConfig
from config.people_plan import Audience, People
from core.levels import Level

NINE = datetime(2026, 1, 10, 0, 0, tzinfo=UTC)  # 9:00 in Japan


def channel(id_, **changes):
    return ChannelConfig(id=id_, kind="console", min_level=Level.CAUTION, settings={}, **changes)


@pytest.fixture
def trial_site(site, river_rule):
    staff = Audience(id="trial", name_ja="試験", name_en="Trial", channels=("mail", "sign"))
    people = People(audiences=(staff, replace(staff, id="all", residents=True)), canary="trial")
    return replace(site([river_rule], [channel("mail"), channel("sign")]), people=people)


def test_each_channel_hears_once_a_day_whoever_restarts(trial_site, store):
    number = store.register(trial_site).site
    canary = Canary(trial_site, store, number)
    assert [canary.round(NINE + timedelta(minutes=minute)) for minute in (-1, 0, 1)] == [0, 2, 0]
    Canary(trial_site, store, number).round(NINE + timedelta(hours=3))
    assert {row.channel for row, *_ in store.outbox(number)} == {"mail", "sign"}
    assert len(store.outbox(number)) == 2
    assert canary.round(NINE + timedelta(days=1)) == 2


def test_nobody_is_woken_by_a_trial(trial_site, store):
    late = Canary(trial_site, store, store.register(trial_site).site)
    assert late.round(NINE + timedelta(hours=8)) == 0


def test_it_says_that_it_is_none_of_earnest_and_goes_to_no_resident(trial_site):
    for message in trial(trial_site, NINE.date(), NINE):
        assert message.body["subject_ja"].startswith("【試験】")
        assert "災害の情報ではありません" in message.body["text_ja"]
    people = replace(trial_site.people, canary="all")
    assert trial(replace(trial_site, people=people), NINE.date(), NINE) == []
