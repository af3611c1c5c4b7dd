"""What the tests of alerts share: ladders, one instance fed by hand, a small site, listeners on real sockets."""

from __future__ import annotations

import itertools
import json
import os
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
from aiosmtpd.controller import Controller
from psycopg import conninfo

from alerts.dispatch import Dispatcher
from alerts.evaluator import evaluate, read_from
from alerts.ladder import build_ladder
from alerts.looking import look, needed_from
from alerts.rounds import Evaluator
from alerts.state import dump, load
from config.model import ChannelConfig, Limits, Privacy, Site
from config.people_plan import People
from config.rule_plan import Rule, RuleLevel
from core.levels import Level
from core.model import (
    Bounds,
    Datastream,
    DeviceId,
    Observation,
    Position,
    Quality,
    QualityReason,
    Station,
    StationId,
    StationKind,
    Thresholds,
)
from store import open_store
from store.rows import Batch, Sample

T0 = datetime(2026, 1, 10, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
_NUMBERS = itertools.count(1)
AT_ONCE = People(group_wait=timedelta(0), group_interval=timedelta(0))
"""Nobody waits for company: each round's messages leave with it."""


def _stream(**changes):
    facts = {
        "station": StationId("asahi"),
        "quantity": "channel_level",
        "device": DeviceId("d-asahi"),
        "expected_interval": MINUTE,
        "stale_after": 10 * MINUTE,
        "range_min": 0.0,
        "range_max": 500.0,
    }
    return Datastream(**(facts | changes))


def _level(level=Level.CAUTION, raise_at=80.0, clear_margin=10.0, hold=0, clear_hold=0):
    return RuleLevel(
        level=level, raise_at=raise_at, clear_margin=clear_margin, hold=hold * MINUTE, clear_hold=clear_hold * MINUTE
    )


def _rule(*levels, **changes):
    facts = {
        "id": "channel",
        "title_ja": "流雪溝の水位",
        "title_en": "Channel level",
        "quantity": "channel_level",
        "unit": "cm",
        "direction": "rising",
        "stations": frozenset(),
        "levels": levels or (_level(),),
        "min_samples": 2,
        "max_gap": None,
        "version": "1",
    }
    return Rule(**(facts | changes))


class Gauge:
    """One instance with its stored samples: what arrives is stored, read back and evaluated."""

    def __init__(self, ladder):
        self.ladder = ladder
        self.stored = {}
        self.state = None
        self.told = []

    def arrive(self, *samples, now=None, touched=None):
        """Let samples arrive together; what is told by it. ``touched``: so far back stored ones are read again with them."""
        fresh = [sample for sample in samples if self.stored.setdefault(sample.at, sample) is sample]
        earliest = min([sample.at for sample in fresh] + ([] if touched is None else [touched]), default=None)
        return self._evaluate(earliest, now or max(self.stored))

    def wait(self, now):
        """Let time pass; what is told by it."""
        return self._evaluate(None, now)

    def change(self, ladder, now):
        """Load another rule; what is told by it."""
        self.ladder = ladder
        return self._evaluate(None, now)

    @property
    def kinds(self):
        return [item.kind.value for item in self.told]

    @property
    def level(self):
        return self.state.episode.level if self.state.episode else Level.NORMAL

    def _evaluate(self, earliest, now):
        since = read_from(self.state, self.ladder, earliest, now)
        news = [self.stored[at] for at in sorted(self.stored) if at > since]
        before = None if self.state is None else json.dumps(dump(self.state))
        state, told = evaluate(self.ladder, self.state, news, now)
        assert before is None or before == json.dumps(dump(self.state)), "evaluate changed its argument"
        self.state = load(json.loads(json.dumps(dump(state))))
        assert self.state == state
        self.told += told
        return [item.kind.value for item in told]


def _sample(minute, value, quality=Quality.GOOD, reasons=QualityReason.NONE):
    at = T0 + minute * MINUTE
    return Sample(at, value, quality, at, reasons)


@pytest.fixture
def t0():
    return T0


@pytest.fixture
def stream():
    return _stream


@pytest.fixture
def level():
    return _level


@pytest.fixture
def rule():
    return _rule


@pytest.fixture
def sample():
    """A sample at so many minutes after ``t0``."""
    return _sample


@pytest.fixture
def gauge():
    """A gauge watched by a rule with these levels."""

    def make(*levels, thresholds=None, stale_after=10 * MINUTE, **changes):
        watched = _stream(thresholds=thresholds or Thresholds(), stale_after=stale_after)
        return Gauge(build_ladder(_rule(*levels, **changes), watched))

    return make


@pytest.fixture
def site():
    """A made-up town with a river, a channel and a snow station."""

    def make(rules, channels=(), stations=None, streams=None, people=None):
        known = stations or (
            Station(
                id=StationId("harame"),
                kind=StationKind.RIVER,
                name_ja="原目",
                name_en="Harame",
                position=Position(136.2, 36.0),
                river="荒川",
            ),
            Station(
                id=StationId("asahi"),
                kind=StationKind.CHANNEL,
                name_ja="旭町",
                name_en="Asahi",
                position=Position(136.2, 36.0),
                fictitious=True,
            ),
        )
        watched = streams or (
            _stream(
                station=StationId("harame"),
                quantity="water_level",
                device=DeviceId("d-harame"),
                expected_interval=10 * MINUTE,
                stale_after=30 * MINUTE,
                range_min=-5.0,
                range_max=20.0,
                thresholds=Thresholds(standby=1.2, caution=1.5, warning=1.8, danger=2.0),
                threshold_source="県の基準水位表",
            ),
            _stream(),
        )
        return Site(
            folder=Path("town"),
            id="town",
            code="00000",
            name_ja="架空町",
            name_en="Kaku",
            time_zone="Asia/Tokyo",
            bounds=Bounds(136, 35, 137, 37),
            plane_epsg=6674,
            zoom=10,
            notice_ja="",
            notice_en="",
            contact_ja="",
            contact_en="",
            sources=(),
            limits=Limits(),
            privacy=Privacy(),
            stations=known,
            datastreams=watched,
            vehicles=(),
            rules=tuple(rules),
            channels=tuple(channels),
            people=people or AT_ONCE,
        )

    return make


@pytest.fixture
def river_rule(rule, level):
    """The ladder of the stations' own thresholds, at once up, at once down below a small margin."""
    levels = [
        level(each, raise_at=None, clear_margin=0.05)
        for each in (Level.STANDBY, Level.CAUTION, Level.WARNING, Level.DANGER)
    ]
    return rule(*levels, id="river", title_ja="河川水位", title_en="River level", quantity="water_level", unit="m")


class HttpListener:
    """A real HTTP server: keeps every request, answers what ``answers`` says next (200 when empty)."""

    def __init__(self, tls=None):
        self.requests = []
        self.answers = []
        self.hold = threading.Event()
        self.hold.set()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.requests.append((self.path, dict(self.headers), json.loads(body)))
                listener.hold.wait(30)
                status, headers = listener.answers.pop(0) if listener.answers else (200, {})
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a client that refuses our certificate is what is tested
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def port(self):
        return self._server.server_port

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def channel(self, min_level=Level.STANDBY, name="hook"):
        settings = {"url": self.url, "allow_private": True, "timeout_s": 5}
        return ChannelConfig(id=name, kind="webhook", min_level=min_level, settings=settings)

    def close(self):
        self.hold.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class AnyPort(Controller):
    """The controller looks for itself at the port it was given; with port 0 it has to learn which one it got."""

    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class MailListener:
    """A real SMTP server: keeps every mail, answers RCPT and DATA with what is queued."""

    def __init__(self, **options):
        self.mails = []
        self.data_answers = []
        self.rcpt_answers = []
        self._controller = AnyPort(self, hostname="127.0.0.1", port=0, ready_timeout=30, **options)
        self._controller.start()

    @property
    def port(self):
        return self._controller.port

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.rcpt_answers:
            answer = self.rcpt_answers.pop(0)
            if not answer.startswith("250"):
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.data_answers:
            return self.data_answers.pop(0)
        self.mails.append((envelope, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"

    def settings(self, **changes):
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "security": "none",
            "sender": "yukimori@town.example",
            "recipients": ["bousai@town.example"],
            "timeout_s": 5,
        } | changes

    def channel(self, min_level=Level.STANDBY, name="mail"):
        return ChannelConfig(id=name, kind="smtp", min_level=min_level, settings=self.settings())

    def close(self):
        self._controller.stop()


@pytest.fixture
def certificate():
    """The file of a certificate for ``localhost`` that nobody trusts, and a server's side of TLS with it."""
    folder = Path(__file__).parent / "certificates"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "localhost.pem", folder / "localhost.key")
    return folder / "localhost.pem", context


@pytest.fixture
def listeners():
    """Makes listeners of any kind and closes them in the end."""
    opened = []

    def make(kind, **options):
        opened.append({"http": HttpListener, "mail": MailListener}[kind](**options))
        return opened[-1]

    yield make
    for listener in opened:
        listener.close()


@pytest.fixture
def http_listener() -> Iterator[HttpListener]:
    listener = HttpListener()
    yield listener
    listener.close()


@pytest.fixture
def mail_listener() -> Iterator[MailListener]:
    listener = MailListener()
    yield listener
    listener.close()


class Town:
    """A site with its store: readings are put in, rounds are run by a clock that is set by hand."""

    def __init__(self, site, store):
        self.site = site
        self.store = store
        self.registry = store.register(site)
        self.now = T0
        self.evaluator = self.dispatcher = None
        self.restart()

    def restart(self, site=None):
        """The evaluator's process is gone; another one begins with what is stored."""
        if site is not None:
            self.site, self.registry = site, self.store.register(site)
        # Long enough ago that silence may be judged at once.
        began = self.now - timedelta(days=1)
        self.evaluator = Evaluator(self.site, self.store, self.registry, started_at=began)
        self.dispatcher = Dispatcher(self.site, self.store, self.registry.site)

    def clock(self):
        return self.now

    def measure(self, key, minute, value, quality=Quality.GOOD):
        """Store one reading, measured so many minutes after T0 and received now."""
        at = T0 + minute * MINUTE
        reading = Observation(
            self.registry.datastreams[key], at, value, value, quality, QualityReason.NONE, max(at, self.now)
        )
        self.store.append(self.registry.site, Batch(observations=[reading]))

    def round(self, minute):
        """One round at so many minutes after T0: evaluated, and what has to be told handed to the outbox."""
        self.now = T0 + minute * MINUTE
        done = self.evaluator.round(self.now)
        self.dispatcher.round(self.now)
        return done

    def play(self, key, readings):
        """Readings that arrive in time, with a round after each."""
        for minute, value in readings:
            self.now = T0 + minute * MINUTE
            self.measure(key, minute, value)
            self.round(minute)

    @property
    def episodes(self):
        return self.store.recent_episodes(self.registry.site, T0 - timedelta(days=3650))

    @property
    def kinds(self):
        steps = self.store.transitions([episode.id for episode in self.episodes])
        return [step.kind for step in sorted(steps, key=lambda step: (step.detected_at, step.at, step.seq))]

    @property
    def outbox(self):
        return self.store.outbox(self.registry.site)


@pytest.fixture
def town(store):
    """A town on a real database."""
    return lambda site: Town(site, store)


@pytest.fixture(scope="module")
def shared_store(postgres_server, template_database):
    """One database for the tests of a file that each play in a town of their own."""
    name = f"shared_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(postgres_server.dsn, autocommit=True) as admin:
        admin.execute(f"create database {name} template {template_database} strategy file_copy")
        with open_store(conninfo.make_conninfo(postgres_server.dsn, dbname=name)) as store:
            yield store
        admin.execute(f"drop database {name} with (force)")


@pytest.fixture
def own_town(shared_store):
    """A town of its own in the file's database."""

    def make(site):
        return Town(replace(site, id=f"town{next(_NUMBERS)}"), shared_store)

    return make


@pytest.fixture
def hook():
    """A webhook channel that is never called: the outbox itself is looked at."""

    def make(name="hook", min_level=Level.STANDBY):
        return ChannelConfig(
            id=name, kind="webhook", min_level=min_level, settings={"url": "https://receiver.example/hook"}
        )

    return make


class Watched:
    """One target of any kind with its stored samples: what arrives is stored, read back and looked at, as live."""

    def __init__(self, target):
        self.target = target
        self.stored = {stream.key: {} for stream in target.streams}
        self.state = None
        self.told = []
        self.next_at = None

    def arrive(self, *samples, key=None, now=None, **looking):
        """Let samples of one datastream arrive together; what is told by it."""
        stored = self.stored[key or self.target.stream.key]
        fresh = [sample for sample in samples if stored.setdefault(sample.at, sample) is sample]
        earliest = min((sample.at for sample in fresh), default=None)
        return self.look(now or max(at for each in self.stored.values() for at in each), earliest, **looking)

    def look(self, now, earliest=None, **looking):
        """Look at what there is; what is told by it."""
        since = needed_from(self.target, self.state, earliest, now)
        raw = {key: [each[at] for at in sorted(each) if at > since] for key, each in self.stored.items()}
        before = None if self.state is None else json.dumps(dump(self.state))
        looked = look(self.target, self.state, raw, now, earliest=earliest, **looking)
        assert before is None or before == json.dumps(dump(self.state)), "look changed its argument"
        self.state = load(json.loads(json.dumps(dump(looked.state))))
        assert self.state == looked.state
        self.next_at = looked.next_at
        self.told += looked.told
        return [item.kind.value for item in looked.told]

    @property
    def kinds(self):
        return [item.kind.value for item in self.told]

    @property
    def level(self):
        return self.state.episode.level if self.state.episode else Level.NORMAL


@pytest.fixture
def watched():
    """A target that is looked at by hand."""
    return Watched
