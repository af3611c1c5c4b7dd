"""F2, F3, B3, B13: evaluator and senders are killed again and again. No step is lost, and residents are told nothing twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid5

import pytest

from alerts import CHANNEL_KINDS
from alerts.messages import Texts
from alerts.system_messages import system_body
from config import Known, load_site
from config.model import Site
from core.levels import Level
from core.model import Observation, Quality, QualityReason
from store import Store, open_store
from store.alert_rows import NotificationRow
from store.rows import Batch, Registry
from tests.faults.machinery import FULL, MARK, ROOT, eventually
from tests.faults.receivers import Line, Mail

MINUTE = timedelta(minutes=1)
STATIONS = 6
BEGAN = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=20)
PROGRAM = "app" if FULL else "tests.faults.evaluate_in_a_hurry"

SITE = """\
id = "fuji"
code = "06212"
name_ja = "架空町"
name_en = "Kaku"
time_zone = "Asia/Tokyo"
bounds = [140.0, 38.0, 141.0, 39.0]
plane_epsg = 6678

[[sources]]
topic = "yukimori/fuji/+/reading"
codec = "yukimori"

[[channels]]
id = "line"
kind = "line"
settings = {{ token_env = "LINE_TOKEN", to = ["U{user}"], base_url = "{line}", allow_private = true }}

[[channels]]
id = "mail"
kind = "smtp"
settings = {{ host = "127.0.0.1", port = {mail}, security = "none", sender = "a@kaku.example", recipients = ["b@kaku.example"] }}
"""
PEOPLE = """\
group_wait = "1s"
group_interval = "1s"

[[audiences]]
id = "duty"
name_ja = "当直"
name_en = "Duty"
channels = ["line", "mail"]

[[audiences]]
id = "everyone"
name_ja = "住民"
name_en = "Residents"
channels = ["line", "mail"]
residents = true
"""
RULE = """\
title_ja = "河川水位"
title_en = "River level"
quantity = "water_level"
unit = "m"
direction = "rising"
min_samples = 1
max_gap = "30m"

[[levels]]
level = "danger"
clear_margin = 0.1
hold = "0s"
clear_hold = "1m"
"""


@dataclass
class Kaku:
    """A small town with its receivers; its rivers rise and fall."""

    folder: Path
    dsn: str
    site: Site
    store: Store
    registry: Registry
    line: Line
    mail: Mail
    minutes: int = 0
    residents: int = 0

    def start(self, mark: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "DATABASE_URL": self.dsn, "LINE_TOKEN": "token", MARK: mark}
        with (self.folder / "evaluate.log").open("ab") as log:
            arguments = ["evaluate", "--site", str(self.folder / "site"), "--data", str(self.folder / "data")]
            return subprocess.Popen(
                [sys.executable, "-m", PROGRAM, *arguments], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def flood(self) -> None:
        """Every river rises over its danger once and falls again; and residents are told something on each channel."""
        rows = [
            Observation(number, BEGAN + (self.minutes + step) * MINUTE, value, value, *GOOD, datetime.now(UTC))
            for number in self.registry.datastreams.values()
            for step, value in enumerate((3.5, 1.0, 1.0))
        ]
        self.store.append(self.registry.site, Batch(observations=rows))
        self.minutes += 3
        now = datetime.now(UTC)
        texts = Texts(f"お知らせ {self.residents}", f"Notice {self.residents}", "本文", "Text")
        self.store.outgoing.queue(
            self.registry.site,
            [
                NotificationRow(
                    id=uuid5(UUID(int=1), f"{self.residents} {channel}"),
                    episode=None,
                    seq=0,
                    channel=channel,
                    level=Level.DANGER,
                    body=system_body(self.site, "notice", Level.DANGER, texts, now),
                    queued_at=now,
                    deadline_at=now + timedelta(hours=2),
                    audience="everyone",
                    thread=f"notice {self.residents}",
                    purpose="resident",
                    resident=True,
                )
                for channel in ("line", "mail")
            ],
        )
        self.residents += 1

    @property
    def taken(self) -> int:
        return sum(self.line.accepted.values()) + sum(self.mail.accepted.values())

    def waiting(self) -> list[str]:
        told = [f"untold {row.episode} {row.seq}" for row in self.store.untold(self.registry.site)]
        return told + [
            f"{row.channel} {row.purpose} {error}" for row, state, _, error in self.outbox if state == "queued"
        ]

    @property
    def outbox(self) -> list[tuple[NotificationRow, str, int, str | None]]:
        return self.store.outbox(self.registry.site)


GOOD = (Quality.GOOD, QualityReason.NONE)


@pytest.fixture
def receivers() -> Iterator[tuple[Line, Mail]]:
    chance = random.Random(7)
    with ExitStack() as stack:
        line, mail = Line(chance), Mail(chance)
        stack.callback(line.close)
        stack.callback(mail.close)
        yield line, mail


@pytest.fixture
def kaku(tmp_path, database, mark, receivers) -> Iterator[Kaku]:
    line, mail = receivers
    folder = tmp_path / "site"
    (folder / "rules").mkdir(parents=True)
    text = SITE.format(user="0" * 32, line=line.address, mail=mail.port)
    (folder / "site.toml").write_text(text, encoding="utf-8")
    (folder / "people.toml").write_text(PEOPLE, encoding="utf-8")
    (folder / "rules" / "river.toml").write_text(RULE, encoding="utf-8")
    names = [f"river-{number}" for number in range(STATIONS)]
    stations = [f"{name},river,{name},{name},140.4,38.6,川{name},true" for name in names]
    head = "id,kind,name_ja,name_en,lon,lat,river,fictitious"
    (folder / "stations.csv").write_text("\n".join([head, *stations]) + "\n", encoding="utf-8")
    head = "station,quantity,device,expected_interval,stale_after,range_min,range_max,danger,threshold_source"
    streams = [f"{name},water_level,d-{name},1m,30d,-1,9,3.0,x" for name in names]
    (folder / "datastreams.csv").write_text("\n".join([head, *streams]) + "\n", encoding="utf-8")
    site = load_site(folder, Known(channel_kinds=frozenset(CHANNEL_KINDS)))
    dsn = database.fresh()
    with open_store(dsn, pool_size=2) as store:
        yield Kaku(tmp_path, dsn, site, store, store.register(site), line, mail)


def test_killed_at_random_moments(kaku, mark, scaled):
    chance, pause = random.Random(11), threading.Event()
    for _ in range(scaled(3, 100)):
        kaku.flood()
        process, before = kaku.start(mark), kaku.taken
        try:
            eventually(lambda: kaku.taken > before or process.poll() is not None, "nothing was sent")  # noqa: B023
            pause.wait(chance.random() * 0.4)
            assert process.poll() is None, (kaku.folder / "evaluate.log").read_text()
        finally:
            process.kill()
            process.wait(30)
    process = kaku.start(mark)
    try:
        eventually(lambda: not kaku.waiting() and kaku.residents, lambda: f"waits: {kaku.waiting()[:5]}")
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0, "told to end, it ends as if nothing had been"
    finally:
        process.kill()
        process.wait(30)
    no_step_is_lost(kaku)
    residents_are_told_nothing_twice(kaku)
    staff_is_told_everything(kaku)


def no_step_is_lost(kaku):
    episodes = kaku.store.recent_episodes(kaku.registry.site, BEGAN - timedelta(days=1))
    assert len(episodes) == STATIONS * kaku.minutes // 3
    steps = kaku.store.transitions([episode.id for episode in episodes])
    assert Counter(step.kind for step in steps) == {"fired": len(episodes), "resolved": len(episodes)}
    assert {episode.outcome for episode in episodes} == {"resolved"}


def residents_are_told_nothing_twice(kaku):
    rows = {row.id: (row, state) for row, state, *_ in kaku.outbox if row.resident}
    assert len(rows) == 2 * kaku.residents
    for number, (row, state) in rows.items():
        if row.channel == "line":
            assert (state, kaku.line.accepted[str(number)]) == ("delivered", 1)
        else:
            came = kaku.mail.accepted[f"<{number}@kaku.example>"]
            assert came <= 1, "a mail to residents came twice"
            assert state == "unknown" or (state, came) == ("delivered", 1)
    unknown = [row for row, state in rows.values() if state == "unknown"]
    asked = {row.body["details"]["notification"] for row, *_ in kaku.outbox if row.body["kind"] == "unknown-fate"}
    assert asked == {str(row.id) for row in unknown}, "a person is asked about each, and about no other"


def staff_is_told_everything(kaku):
    rows = [(row, state) for row, state, *_ in kaku.outbox if not row.resident]
    assert {state for _, state in rows} <= {"delivered", "superseded"}
    for row, state in rows:
        if state == "delivered" and row.channel == "line":
            assert kaku.line.accepted[str(row.id)] == 1
        if state == "delivered" and row.channel == "mail":
            assert kaku.mail.accepted[f"<{row.id}@kaku.example>"] >= 1


def test_f26_a_second_evaluator_refuses(kaku, mark):
    """And nothing is sent twice: the first goes on alone."""
    first = kaku.start(mark)
    try:
        kaku.flood()
        eventually(lambda: kaku.taken > 0, "nothing was sent")
        second = kaku.start(mark)
        assert second.wait(90) != 0
        assert "evaluator" in (kaku.folder / "evaluate.log").read_text()
        assert first.poll() is None
    finally:
        first.kill()
        first.wait(30)
