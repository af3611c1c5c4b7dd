"""``ploughs.toml``, ``protected.csv`` and the contractor of a vehicle: what is read, and what is said of doubtful ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from pathlib import Path

import pytest

from config import Known, check_site, load_site
from config.model import RoadFacts
from config.plough_plan import Depot, PloughPlan, ProtectedPlace, RoadClass
from config.values import WrongValueError, time_of_day
from core.model import Position

Edit = Callable[[str, str, str], None]
REAL_VEHICLE = ("vehicles.csv", "小谷建設,true", "小谷建設,false")

NO_DEPOT = (
    "ploughs.toml: depots: no depot: standing there counts as a stop, and the public may see where ploughs start — "
    "write [[depots]] with id, lon, lat, radius_m"
)


def warnings_of(folder: Path, known: Known) -> list[str]:
    checked = check_site(folder, known)
    assert checked.mistakes == []
    return [str(warning) for warning in checked.warnings]


def facts_of(folder: Path) -> RoadFacts:
    return next(layer.road_facts for layer in load_site(folder).layers if layer.kind == "roads")


def test_the_plan_is_read_as_written(good_site: Path) -> None:
    assert load_site(good_site).ploughs == PloughPlan(
        roads="roads",
        classes={
            "1": RoadClass(
                code="1",
                threshold_cm=10.0,
                checks=(time(1, 30), time(4, 0)),
                deadline=time(7, 0),
                two_sided=True,
                second_pass_cm=10.0,
            ),
            "3": RoadClass(code="3", threshold_cm=10.0, checks=(time(4, 0),), deadline=time(8, 30)),
        },
        depots=(Depot(id="yard", position=Position(140.41, 38.51), radius_m=80.0),),
        protected=(
            ProtectedPlace(id="p1", position=Position(140.45, 38.52), radius_m=300.0),
            ProtectedPlace(id="p2", position=Position(140.46, 38.53), radius_m=300.0),
        ),
        day_begins=time(12, 0),
        window=timedelta(hours=24),
        remember=timedelta(days=14),
        public_window=timedelta(hours=6),
        public_step=timedelta(minutes=10),
    )


def test_all_but_the_layer_may_be_left_out(good_site: Path, known: Known) -> None:
    (good_site / "ploughs.toml").write_text('roads = "roads"\n', encoding="utf-8")
    (good_site / "protected.csv").unlink()
    assert load_site(good_site).ploughs == PloughPlan(roads="roads", classes={})
    assert warnings_of(good_site, known) == [
        "ploughs.toml: classes: no class has a promise: nothing can be late — write [classes.1] with deadline",
        NO_DEPOT,
    ]


def test_what_is_remembered_is_no_less_than_what_counts(good_site: Path, known: Known, edit: Edit) -> None:
    edit("ploughs.toml", 'window = "24h"', 'window = "48h"\nremember = "24h"')
    (mistake,) = check_site(good_site, known).mistakes
    assert str(mistake).startswith("ploughs.toml: remember: is shorter than window (48h)")
    edit("ploughs.toml", 'remember = "24h"', 'remember = "61d"')
    (mistake,) = check_site(good_site, known).mistakes
    assert "from 1h to 60d" in str(mistake)
    edit("ploughs.toml", 'remember = "61d"', 'remember = "48h"')
    assert load_site(good_site).ploughs.remember == timedelta(days=2)


def test_a_depot_may_be_known_to_everybody(good_site: Path, edit: Edit) -> None:
    edit("ploughs.toml", "radius_m = 80", "radius_m = 80\npublic = true")
    (depot,) = load_site(good_site).ploughs.depots
    assert depot.public


def test_a_vehicle_names_its_contractor(good_site: Path) -> None:
    assert load_site(good_site).vehicles[0].contractor == "小谷建設"


def test_who_clears_a_road_is_published_where_the_town_says_so(good_site: Path, edit: Edit) -> None:
    assert facts_of(good_site) == RoadFacts(disclosed=(), vehicles=("plough-1",), plane_epsg=6678)
    edit("ploughs.toml", "contractor = false", "contractor = true")
    assert facts_of(good_site).disclosed == ("contractor",)


def test_a_layer_for_staff_says_who_clears_a_road(good_site: Path, edit: Edit) -> None:
    edit("layers/roads.toml", 'kind = "roads"', 'kind = "roads"\naccess = "staff"')
    assert facts_of(good_site).disclosed == ("contractor",)


def test_vehicles_without_a_plan_are_warned_of(good_site: Path, known: Known) -> None:
    (good_site / "ploughs.toml").unlink()
    assert load_site(good_site).ploughs is None
    assert warnings_of(good_site, known) == [
        "protected.csv:2: column id: there is no ploughs.toml: the file does nothing — add ploughs.toml",
        "vehicles.csv:2: column id: there is no ploughs.toml: nothing is told of roads — add it; docs/ploughs.md",
    ]


def test_a_plan_without_vehicles_is_warned_of(good_site: Path, known: Known) -> None:
    (good_site / "vehicles.csv").unlink()
    assert warnings_of(good_site, known) == [
        "ploughs.toml: the site has no vehicle: no road will ever be cleared — add rows to vehicles.csv"
    ]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("lon = 140.41", "lon = 141.41", "ploughs.toml: depots[1].lon: “yard” lies outside the bounds of site.toml"),
        (
            "threshold_cm = 10\nchecks",
            "threshold_cm = 15\nchecks",
            "ploughs.toml: classes.1.threshold_cm: class 1 waits for more snow (15 cm against 10 cm) than class 3",
        ),
        (
            'deadline = "08:30"',
            'deadline = "06:30"',
            "ploughs.toml: classes.1.deadline: class 1 is promised later (07:00 against 06:30) than class 3",
        ),
        (
            'checks = ["04:00"]',
            "checks = []",
            "ploughs.toml: classes.3.checks: a threshold, but no time at which it is looked at",
        ),
    ],
)
def test_what_is_doubtful_in_the_plan(good_site: Path, known: Known, edit: Edit, old: str, new: str, said: str) -> None:
    edit("ploughs.toml", old, new)
    (warning,) = warnings_of(good_site, known)
    assert warning.startswith(said)


def test_a_protected_place_outside_the_town_is_warned_of(good_site: Path, known: Known, edit: Edit) -> None:
    edit("protected.csv", "140.46", "141.46")
    (warning,) = warnings_of(good_site, known)
    assert warning.startswith("protected.csv:3: column lon: “p2” lies outside the bounds of site.toml")


def test_real_ploughs_shown_too_early_or_too_long_are_warned_of(good_site: Path, known: Known, edit: Edit) -> None:
    edit("site.toml", 'vehicle_delay = "10m"', 'vehicle_delay = "0s"')
    edit("ploughs.toml", 'window = "6h"', 'window = "12h"')
    assert warnings_of(good_site, known) == []  # made-up ploughs harm nobody
    edit(*REAL_VEHICLE)
    early, long = warnings_of(good_site, known)
    assert early.startswith("site.toml: privacy.vehicle_delay: real ploughs are shown to everyone after 0 min")
    assert long.startswith("ploughs.toml: public.window: longer than 6h")


def test_positions_that_leave_before_the_archive_are_warned_of(good_site: Path, known: Known, edit: Edit) -> None:
    edit("site.toml", "[privacy]", '[retention]\npositions = "90d"\narchive_after = "180d"\n\n[privacy]')
    (warning,) = warnings_of(good_site, known)
    assert warning.startswith("site.toml: retention.positions: positions leave before archive_after: they are dropped")


@pytest.mark.parametrize(
    ("written", "found"), [("07:00", time(7)), (" 7:05 ", time(7, 5)), ("00:00", time(0)), (time(4, 30), time(4, 30))]
)
def test_times_of_day(written: object, found: time) -> None:
    assert time_of_day(written) == found


@pytest.mark.parametrize("wrong", ["24:00", "30:00", "7", "07:00:00", "7:0", "-1:00", "", True, 7.5, [7]])
def test_what_is_no_time_of_day(wrong: object) -> None:
    with pytest.raises(WrongValueError):
        time_of_day(wrong)
