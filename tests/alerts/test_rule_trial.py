"""How long a version of a rule was tried, and what is said of one that was not."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rule_life import (
    ENOUGH,
    Standing,
    active_before,
    evaluated_rule,
    life_of_rules,
    lives_of,
    met_in_shadow,
    shadow_episodes,
    shadow_time,
)
from alerts.rule_watch import RuleWatch
from alerts.run import SiteRounds
from config.event_plan import LabelledEvent
from config.rule_files import version_of
from config.rule_plan import RuleState
from core.levels import Level

pytestmark = pytest.mark.db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
RIVER = "harame/water_level"


def versioned(rule):
    return replace(rule, version=version_of(rule))


@pytest.fixture
def tried(river_rule):
    """The river's rule, and the same with another margin."""
    other = replace(river_rule, levels=tuple(replace(rung, clear_margin=0.2) for rung in river_rule.levels))
    return versioned(replace(river_rule, state=RuleState.SHADOW)), versioned(replace(other, state=RuleState.SHADOW))


def active(rule):
    return replace(rule, state=RuleState.ACTIVE)


class Years:
    """A site whose evaluator runs as long as one wants, at once."""

    def __init__(self, place, t0):
        self.place, self.now = place, t0

    def run(self, site, length, every=12 * HOUR):
        """The evaluator begins with these rules and works so long."""
        watch, end = RuleWatch(site, self.place.store, self.place.registry.site), self.now + length
        watch.round(self.now)
        while self.now < end:
            self.now += every
            watch.round(self.now)

    def life(self, site):
        (life,) = life_of_rules(site, self.place.store, self.place.registry.site, self.now).values()
        return life

    @property
    def rows(self):
        return lives_of(self.place.store, self.place.registry.site)


@pytest.fixture
def years(own_town, site, t0):
    return Years(own_town(site([])), t0)


@pytest.fixture
def of(site):
    """The town with these rules."""
    return lambda *rules: site(list(rules))


def test_what_the_site_began_with_needs_no_trial(years, of, tried):
    rule = active(tried[0])
    assert years.life(of(rule)).standing is Standing.FOUNDING  # nobody has evaluated it yet
    years.run(of(rule), DAY)
    life = years.life(of(rule))
    assert (life.standing, life.evaluated, life.since) == (Standing.FOUNDING, "active", years.now - DAY)
    years.run(of(active(tried[1])), DAY)
    assert years.life(of(active(tried[1]))).standing is Standing.UNTRIED
    years.run(of(rule), DAY)
    assert years.life(of(rule)).standing is Standing.FOUNDING  # it is the version of then


def test_a_week_in_shadow_is_enough_and_less_is_not(years, of, tried):
    years.run(of(active(tried[1])), HOUR)
    for days, standing in ((6.5, Standing.UNTRIED), (0.5, Standing.TRIED)):
        years.run(of(tried[0]), days * DAY)
        assert years.life(of(active(tried[0]))).standing is standing
    assert years.life(of(tried[0])).standing is None  # not active: nothing to justify
    assert years.life(of(tried[0])).shadow == ENOUGH


def test_shadow_time_is_the_versions_under_whatever_name(years, of, tried):
    """The rule at work goes on telling while its next version is tried beside it, in a file of its own."""
    old, new = active(tried[0]), replace(tried[1], id="river-next", title_ja="次")
    years.run(of(old, new), ENOUGH)
    successor = active(tried[1])
    assert years.life(of(successor)).standing is Standing.TRIED
    last = active_before(successor, years.rows)
    assert (last.version, last.rule, last.ended) == (old.version, "river", False)


def test_time_is_counted_once_and_not_while_nobody_evaluated(years, of, tried):
    years.run(of(active(tried[1])), HOUR)
    years.run(of(tried[0], replace(tried[0], id="twin")), DAY)
    assert shadow_time(tried[0], years.rows) == DAY
    years.now += 20 * HOUR  # caught up with by the next evaluator
    years.run(of(tried[0]), timedelta(0))
    assert shadow_time(tried[0], years.rows) == DAY + 20 * HOUR
    years.now += 20 * DAY  # nobody was there, and nobody will look at it again
    years.run(of(tried[0]), DAY)
    assert shadow_time(tried[0], years.rows) == 2 * DAY + 20 * HOUR
    years.run(of(active(tried[1])), DAY)  # another version in between
    years.run(of(tried[0]), DAY)
    assert shadow_time(tried[0], years.rows) == 3 * DAY + 20 * HOUR
    assert years.life(of(tried[0])).since == years.now - DAY


def test_the_shadow_time_of_another_version_counts_for_nothing(years, of, tried):
    years.run(of(active(versioned(replace(tried[0], min_samples=9)))), HOUR)
    years.run(of(tried[0]), ENOUGH)
    assert shadow_time(tried[1], years.rows) == timedelta(0)
    assert years.life(of(active(tried[1]))).standing is Standing.UNTRIED


def test_a_clock_that_is_set_back_takes_no_time_away(years, of, tried):
    years.run(of(tried[0]), DAY)
    years.now -= 2 * DAY
    years.run(of(tried[0]), HOUR, every=HOUR)
    assert shadow_time(tried[0], years.rows) == DAY


def test_a_new_release_gives_old_rules_no_new_version(years, of, tried):
    """Versions are reckoned anew from what the rule said; those of another program's reckoning stay the same rule."""
    years.run(of(replace(tried[0], version="of-another-release")), ENOUGH)
    assert years.life(of(active(tried[0]))).standing is Standing.TRIED


def test_what_people_let_become_active_is_known_with_their_reason(years, of, tried):
    years.run(of(active(tried[1])), HOUR)
    rule, lives, site_no = active(tried[0]), years.place.store.rule_life, years.place.registry.site
    lives.approve(site_no, evaluated_rule(rule), years.now, "融雪\x00に間に合わせる")
    years.run(of(rule), HOUR)
    life = years.life(of(rule))
    assert (life.standing, life.reason) == (Standing.DESPITE, "融雪\ufffdに間に合わせる")
    assert years.life(of(versioned(replace(rule, min_samples=9)))).standing is Standing.UNTRIED
    lives.approve(site_no, evaluated_rule(rule), years.now, "")
    assert years.life(of(rule)).standing is Standing.MET


def test_a_new_evaluator_says_which_rule_was_never_tried(years, of, tried, caplog):
    caplog.set_level(logging.WARNING, "alerts.rule_watch")
    years.run(of(active(tried[0])), DAY)
    assert caplog.messages == []  # the site's first rules
    years.run(of(active(tried[1])), DAY)
    assert [text.partition(" (")[0] for text in caplog.messages] == ["rule river is active without shadow time"]


def test_drafts_and_exercises_leave_no_trace(years, of, tried):
    draft = replace(tried[0], state=RuleState.DRAFT)
    years.run(of(draft), DAY)
    years.run(replace(of(active(tried[0])), exercise=True), DAY)
    assert years.rows == []
    assert years.life(of(draft)).evaluated is None


def test_an_event_met_in_shadow_is_enough(own_town, site, tried, t0):
    """A flood an hour after the rule became a shadow: met where it rose in time, missed elsewhere."""
    rule = tried[0]
    flood = LabelledEvent(
        id="flood", title_ja="出水", title_en="Flood", stations=frozenset({"harame"}), quantity="",
        begin=t0 + 20 * MINUTE, end=t0 + 50 * MINUTE, source="町",
    )  # fmt: skip
    over = replace(flood, id="over", begin=t0 + MINUTE, end=t0 + 5 * MINUTE)  # it rose at 10
    later = replace(flood, id="later", begin=t0 + 90 * MINUTE, end=t0 + 100 * MINUTE)
    elsewhere = replace(flood, id="elsewhere", stations=frozenset({"asahi"}))
    before = replace(flood, id="before", begin=t0 - 2 * DAY, end=t0 - DAY)
    town = replace(site([rule]), events=(later, flood, over, elsewhere, before))
    place = own_town(town)
    town = place.site
    store, site_no = place.store, place.registry.site
    RuleWatch(replace(town, rules=(active(tried[1]),)), store, site_no).round(t0 - DAY)  # the site is no new one
    watch = RuleWatch(town, store, site_no)
    for minute, value in ((0, 1.0), (10, 1.6), (30, 1.9), (60, 1.0), (120, 1.0)):
        place.play(RIVER, [(minute, value)])
        watch.round(place.now)
    rows = lives_of(store, site_no)
    met, missed = met_in_shadow(town, rule, rows, store, site_no, place.now)
    assert ([event.id for event in met], [event.id for event in missed]) == (["flood"], ["over", "later"])
    ((episode, steps),) = shadow_episodes(rule, rows, store, site_no)
    assert (episode.peak, [step.to_level for step in steps]) == (1.9, [Level.CAUTION, Level.WARNING])
    assert shadow_episodes(tried[1], rows, store, site_no) == []
    (life,) = life_of_rules(replace(town, rules=(active(rule),)), store, site_no, place.now).values()
    assert life.standing is Standing.MET
    without = replace(town, rules=(active(rule),), events=(later, over, elsewhere, before))
    (life,) = life_of_rules(without, store, site_no, place.now).values()
    assert life.standing is Standing.UNTRIED


def test_the_evaluator_itself_tells_the_store(own_town, site, tried, t0):
    place = own_town(site([tried[0]]))
    with SiteRounds(place.site, place.store, lambda: t0, environment={}) as rounds:
        assert rounds.round()
    (row,) = lives_of(place.store, place.registry.site)
    assert (row.rule, row.state, row.version, row.since) == ("river", "shadow", tried[0].version, t0)
