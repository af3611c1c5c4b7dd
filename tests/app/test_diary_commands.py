"""`yukimori ploughs diary` and `verify`: a night sealed, on paper, and recognised."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from config import load_site
from core.model import Task
from core.ploughs import Direction, Evidence, Passage, Run, Track
from store import open_store

pytestmark = pytest.mark.db

NIGHT = datetime.now(UTC).replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=3)
"""Two in the morning in Japan: old enough to be over, and young enough to be kept, whenever this runs."""
DAY = NIGHT.date().isoformat()


@pytest.fixture
def driven(dsn, root):
    """The environment of a town one of whose ploughs worked that night; with the town's folder."""
    folder = root / "config" / "nishiyama"
    site = load_site(folder)
    vehicle = site.vehicles[0].id
    with open_store(dsn) as store:
        number = store.register(site).vehicles[vehicle]
        fields = {"vehicle": number, "began_at": NIGHT, "ended_at": NIGHT + timedelta(minutes=90), "task": Task.PLOUGH,
                  "evidence": Evidence.SIGNAL, "fixes": 500}  # fmt: skip
        passage = Passage(road="828", direction=Direction.FORWARD, from_m=0.0, to_m=240.0, **fields)
        run = Run(driven_m=9_000.0, matched_m=240.0, **fields)
        since = NIGHT - timedelta(hours=1)
        store.ploughs.replace_track(number, since, since + timedelta(days=1), Track(passages=(passage,), runs=(run,)))
    return vehicle, ("--site", folder), {"DATABASE_URL": dsn}


def test_a_night_is_sealed_written_and_recognised(yukimori, driven, tmp_path):
    vehicle, site, environment = driven
    asked = ("ploughs", "diary", "--day", DAY, "--vehicle", vehicle, *site)
    before = yukimori(*asked, environment=environment)
    assert before.code == 0
    assert "not sealed" in before.out
    papers = tmp_path / "nippo"
    sealed = yukimori(*asked, "--seal", "--by", "班長", "--out", papers, "--format", "csv,pdf", environment=environment)
    assert sealed.code == 0
    written = sorted(papers.iterdir())
    assert [path.name for path in written] == [f"nippo-{DAY}-{vehicle}-r1.{form}" for form in ("csv", "pdf")]
    told = json.loads(yukimori(*asked, "--json", environment=environment).out)
    assert (told["revision"], told["made_by"], told["worked_m"], told["worked_s"]) == (1, "班長", 240.0, 5400)
    for path in written:
        said = yukimori("ploughs", "verify", path, *site, environment=environment)
        assert said.code == 0
        assert told["digest"] in said.out
    by_hash = yukimori("ploughs", "verify", "--hash", told["digest"].upper(), *site, environment=environment)
    assert (by_hash.code, DAY in by_hash.out) == (0, True)
    stranger = yukimori("ploughs", "verify", "--hash", "ab" * 32, *site, environment=environment)
    assert (stranger.code, "NO such seal" in stranger.out) == (1, True)
    written[0].write_bytes(written[0].read_bytes().replace(b"240.0", b"940.0"))
    forged = yukimori("ploughs", "verify", written[0], *site, environment=environment)
    assert forged.code == 1
    assert "NOT as written" in forged.out
    chain = yukimori("ploughs", "verify", "--chain", *site, environment=environment)
    assert (chain.code, "1 seals, 0 that do not fit" in chain.out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("diary", "--day", "15.1.2026"), 2),
        (("diary", "--day", DAY, "--format", "doc"), 2),
        (("diary", "--day", DAY, "--lang", "fr"), 2),
        (("diary", "--day", DAY, "--vehicle", "nobody"), 3),
        (("diary", "--day", "2199-01-01", "--seal"), 3),
        (("diary", "--day", "2001-01-01", "--seal"), 3),
        (("diary", "--day", "9999-12-31"), 2),
        (("diary", "--day", "0001-01-01"), 2),
        (("diary", "--day", DAY, "--seal", "--by", "\x1b[31m"), 2),
        (("verify",), 2),
        (("verify", "--chain", "--hash", "ab" * 32), 2),
        (("verify", "no-such-file.pdf"), 3),
    ],
)
def test_what_cannot_be_done_says_why(yukimori, driven, arguments, code):
    _, site, environment = driven
    said = yukimori("ploughs", *arguments, *site, environment=environment)
    assert said.code == code
    assert said.err or said.out
