"""The rules as the console shows them: since when, in which version, and whether they were tried."""

from dataclasses import replace
from datetime import timedelta

import pytest

from alerts.rule_life import evaluated_rule
from config.rule_files import version_of
from config.rule_plan import RuleState
from core.times import format_rfc3339

pytestmark = pytest.mark.db
STAFF = {"Authorization": "Bearer staff"}


def test_each_rule_says_since_when_and_whether_it_was_tried(serve, town, send, clock):
    (first, *_) = town.rules
    first = replace(first, version=version_of(first))
    later = replace(first, id="later", min_samples=7)
    later = replace(later, version=version_of(later))
    waiting = replace(first, id="waiting", state=RuleState.SHADOW)
    lives, site_no = send.store.rule_life, send.registry.site
    lives.evaluated(site_no, [evaluated_rule(first)], clock.now - timedelta(days=2), clock.now)
    began = clock.now - timedelta(hours=2)
    for at in (began, clock.now):
        lives.evaluated(site_no, [evaluated_rule(first), evaluated_rule(later)], at, clock.now - timedelta(days=3))
    desk = serve(site=replace(town, rules=(first, later, waiting)), staff_token="staff")
    assert desk.get("/api/console/rules").status_code == 401
    found = {one["rule"]: one for one in desk.get("/api/console/rules", headers=STAFF).json()["rules"]}
    seen = {id_: (one["state"], one["evaluated"], one["since"], one["standing"]) for id_, one in found.items()}
    assert seen == {
        first.id: ("active", "active", format_rfc3339(clock.now - timedelta(days=2)), "founding"),
        "later": ("active", "active", format_rfc3339(began), "untried"),
        "waiting": ("shadow", None, None, None),
    }
    assert found["later"]["version"] == later.version
    assert found["waiting"]["shadow_s"] == 0
    drill = serve(site=replace(town, rules=(later,), exercise=True), staff_token="staff")
    (one,) = drill.get("/api/console/rules", headers=STAFF).json()["rules"]
    assert (one["standing"], one["since"], one["shadow_s"]) == (None, None, None)
