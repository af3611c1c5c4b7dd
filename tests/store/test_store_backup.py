"""A backup is whole or refused; restored, everything is as it was, on either flavour, and nobody is told twice."""

import hashlib
import io
import json
import random
import shutil
import zipfile
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from core.errors import StoreError
from core.levels import Level
from core.model import Quality, QualityReason
from core.ploughs import Order
from core.shelters import ShelterState, ShelterStatus
from store import backup_file, maintenance, migrate, migration, open_store
from store import restore as restoring
from store.alert_rows import Evaluation, InstanceRow, TellingRow
from store.archiving import Place
from store.backup_file import BackupReader, BackupWriter
from store.catalogue import LEFT_OUT
from store.months import month_of
from store.rows import Batch, DeviceSeen

DAY = timedelta(days=1)
STEPS = (timedelta(minutes=10), timedelta(hours=1), DAY)


@pytest.fixture
def other_dsn(dsn, request):
    """A database of the other flavour, migrated and empty."""
    return request.getfixturevalue("timescale_dsn" if dsn == request.getfixturevalue("plain_dsn") else "plain_dsn")


@pytest.fixture
def lived_in(store, registry, snow, plough, measured, fixed, aside, noon, episode, step, message, look):
    """A store with something in every table a day at work fills."""
    dice = random.Random(3)
    flags = (Quality.GOOD, Quality.SUSPECT)
    rows = [
        measured(snow, noon - n * timedelta(minutes=7), dice.uniform(0, 300), dice.choice(flags), raw_value=n / 7)
        for n in range(2500)
    ]
    rows.append(measured(snow, noon - 400 * DAY, 1 / 3, reasons=QualityReason.SPIKE))
    rows.append(measured(snow, noon - timedelta(microseconds=1), None, Quality.MISSING, raw_value=float("nan")))
    store.append(1, Batch(observations=rows, counts={"rows_received": 2502}))
    store.append(1, Batch(observations=[replace(rows[0], value=-1.0)]))
    store.append(1, Batch(positions=[fixed(plough, noon - n * timedelta(seconds=5)) for n in range(300)]))
    odd = 'a "quoted", (bracketed) \\ 積雪\n\twith\tlines'
    store.append(1, Batch(quarantine=[aside(payload=bytes(range(256)), detail=odd), aside()]))
    store.append(1, Batch(seen=[DeviceSeen("dev-snow-1", noon, None)]))
    store.save_evaluation(
        registry.site,
        Evaluation(
            [InstanceRow("deep-snow", "snow-1/snow_depth", "v1", {"text": odd, "n": 1e-9})],
            [episode(), episode(2)],
            [step(), step(2)],
            [TellingRow(episode().id, 1, "r", "t", "fired", Level.CAUTION, Level.DANGER, noon, noon, {"text": odd})],
            notifications=[message(), message(2), message(2, channel="webhook", deadline_at=noon + 9 * DAY)],
        ),
    )
    (held,) = store.outgoing.lease(registry.site, "mail", noon, timedelta(minutes=1), 1)
    store.outgoing.delivered(held, noon, "provider-7")
    said = ShelterState(
        shelter="E0621200001111",
        status=ShelterStatus.OPEN,
        people=3,
        capacity=None,
        note_ja=odd,
        note_en="",
        at=noon,
        by="staff",
    )
    store.shelters.say(registry.site, [said, replace(said, at=noon + DAY)], noon)
    order = Order(id="night", at=noon, classes=("1", "2"), by=odd, note=odd, measured="12 cm")
    store.orders.give(registry.site, order, noon)
    store.orders.end(registry.site, order.id, noon + DAY, odd, noon)
    seal, _ = store.diaries.seal(registry.site, "plough-1", noon.date(), b'{"a": 1}', at=noon, by=odd)
    store.diaries.note_paper(registry.site, seal.digest, "ab" * 32, form="pdf", language="ja", at=noon)
    for statement in OTHERS:
        look(statement)
    store.maintain(noon)
    return store


OTHERS = (
    "insert into judge_state values (1, '77')",
    "insert into evaluator_fence values (1, 7)",
    "insert into judged values (1, now(), 'v1')",
    """insert into observation_verdict (
           datastream_id, at, limits_version, cause, was_quality, was_reasons, quality, reasons
       ) values (1, now(), 'v1', 'late', 1, 0, 3, 4)""",
    """insert into vehicle_conflict (vehicle_id, at, lon, lat, quality, reasons, received_at)
       values (1, now(), 140.1, 38, 1, 0, now())""",
    "insert into incident (site_no, kind, subject, opened_at, detail) values (1, 'k', 's', now(), '{\"a\": [1, null]}')",
    "insert into process_state values (1, 'collect', '', now(), '{}')",
    "insert into device_numbers values (1, 'd', '[[1, 2]]')",
    "insert into device_heard values (1, 'd', 'g', now())",
    "insert into device_clock values (1, 'd', 3, -0.5, 1e9, '{0.25,null}', now(), now())",
    "insert into arrival_timed values (1, 'c', 9, '\\x00ff', now())",
    "insert into match_state (site_no, matched_below, network_version) values (1, '77', 'n1')",
    "insert into plough_matched values (1, now(), now(), true)",
    "insert into plough_rematch values (1, now(), now(), now(), now(), 'late', now(), now())",
    "insert into plough_passage values (1, now(), now(), '道', 'forward', 0.1, 99.9, null, 'signal', 9, false)",
    "insert into plough_stop values (1, now(), now(), 140.1, 38.1, '', '車庫')",
    "insert into plough_gap values (1, now(), now(), 140.1, 38.1, 140.2, 38.2, 'silence')",
    "insert into plough_run values (1, now(), now(), 'plough', null, 9, 1e3, 0.5, '{\"coarse\": 1}')",
    "insert into road_state (site_no, road, share, clear_since) values (1, '道', 0.25, now())",
    "insert into road_state_change (site_no, road, changed_at, cause, was_share) values (1, '道', now(), 'late', 1)",
    "insert into public_plough_fix values (1, '2026-01-15', 'か3', now(), 140.1, 38.1, 359, 'plough')",
    "insert into public_road_round values (1, now(), null, '{\"1\": null}')",
    "insert into public_road (site_no, road, withheld, share, late) values (1, '道', false, 0.25, false)",
    "insert into plough_pseudonym values (1, 1, '2026-01-15', 'か3', '\\x00ff')",
    "insert into plough_zone values (1, 'yard', -12.5, 3.25)",
    """insert into crew_note (id, site_no, vehicle_id, kind, at, received_at, lon, lat, body)
       values ('7b1c9a52-0000-4000-8000-000000000001', 1, 1, 'other', now(), now(), 140.1, 38.1, '雪')""",
    "insert into crew_photo values (1, '\\xffd8')",
    """insert into account (id, site_no, name, shown_name, role, password_digest, created_at)
       values ('7b1c9a52-0000-4000-8000-000000000009', 1, 'hanako', '雪野', 4, '$argon2id$x', now())""",
    """insert into audit (site_no, at, who, action, subject, address, details)
       values (1, now(), 'hanako', 'sign-in.done', '雪', '::1', '{"a": "\\u96ea"}')""",
    """insert into silence values ('7b1c9a52-0000-4000-8000-000000000021', 1, '{r}', '{}', '{}', '{2}', now(),
       now() + interval '1 hour', '佐藤', '工事', now())""",
    """insert into silence_step (silence_id, kind, at, who, reason)
       values ('7b1c9a52-0000-4000-8000-000000000021', 'approved', now(), '鈴木', '')""",
    "insert into silence_word values ('7b1c9a52-0000-4000-8000-000000000021', 'made', now())",
    """insert into external_alert (site_no, fingerprint, number, labels, annotations, starts_at, lasts_until, received_at)
       values (1, 'f', 1, '{"alertname": "ディスク"}', '{}', now(), now(), now())""",
    """insert into dispatch_member (site_no, audience, matter, group_key, seq, turn, level, firing, lost, held, external_no)
       values (1, 'staff', '7b1c9a52-0000-4000-8000-000000000022', 'health|', 1, 1, 2, true, false, '', 1)""",
    "insert into dispatch_group values (1, 'staff', 'health|', now())",
    """insert into acknowledgement (site_no, episode_id, level, seq, who, at, note)
       select 1, id, 2, 1, '係', now(), '了解' from episode limit 1""",
    "insert into closing_wish (site_no, episode_id, who, at, reason) select 1, id, '係', now(), '故障' from episode limit 1",
    """insert into escalation_timer
       select 1, id, 'night', 4, now(), 1, 0, now(), 0, array[id], null, null from episode limit 1""",
    "insert into channel_state values (1, 'mail', 'open', 5, now(), '応答なし', now(), null)",
    "insert into watchdog_hop values (1, 'broker', now(), now())",
    """insert into resident_message (
           id, site_no, mode, kind, state, version, hazard, area, level, made_at, hands, approved_by, approved_at, send_at, document
       ) select gen_random_uuid(), 1, 'live', 'message', 'queued', 4, 'snow', '北町', 3, now(), '{7b1c9a52-0000-4000-8000-000000000009}',
         gen_random_uuid(), now(), now(), '{"texts": {"ja": "雪"}}'""",
    """insert into resident_message_step (site_no, message_id, at, who, act, digest, known)
       values (1, gen_random_uuid(), now(), '係', 'begun', 'ab', '{"facts": {"値": 1.5}}')""",
    """insert into closure_said (
           site_no, closure, at, received_at, status, reason, name_ja, name_en, road, until, note_ja, note_en, said_by
       ) values (1, 'c1', now(), now(), 'closed', 'snow', '橋', 'Bridge', '', null, '', '', 'a')""",
    "insert into closure_latest values (1, 'c1', now(), 1)",
    """insert into jma_telegram (site_no, digest, name, received_at, verdict, type, office, title, info_type, report_at, content)
       values (1, sha256('a'), 'a.xml', now(), 'live', 'VPWW60', '台', '大雪', '発表', now(), '{"a": 1}')""",
    "insert into jma_refused (site_no, digest, name, received_at, reason, detail, raw) values (1, sha256('b'), 'b', now(), 'dtd', '', '\\x00')",
    "insert into jma_warning values (1, 'VPWW60', '0621200', '12', '', '{}')",
    "insert into jma_change (site_no, known_at, change, content) values (1, now(), 'begun', '{}')",
    "insert into jma_look values (1, now(), now(), '')",
    """insert into push_subscription (site_no, channel, digest, endpoint, p256dh, auth, language, since)
       values (1, 'browsers', '\\x00', 'https://push.example/1', '\\x04', '\\x05', 'easy', now())""",
    """insert into rule_life (site_no, rule, version, state, since, seen_at, ended, plan, note)
       values (1, 'r', 'v1', 'approved', now(), now(), true, '{"levels": [{"raise_at": 1.5}]}', '工事')""",
    """insert into exercise (id, site_no, stand_in_no, scenario, title_ja, title_en, speed, started_at, started_by, expires_at)
       values ('7b1c9a52-0000-4000-8000-000000000031', 1, 1, 's', '訓練', 'x', 6, now(), 'a', now() + interval '1 hour')""",
)
"""Rows for what other parts of the store fill."""


def contents(dsn):
    """Every row of every table a backup has, as text, without what belongs to one cluster."""
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("set timezone to 'UTC'")
        columns = connection.execute(
            "select relname, string_agg(quote_ident(attname), ', ' order by attnum)"
            " from pg_class join pg_attribute on attrelid = pg_class.oid and attnum > 0 and not attisdropped"
            " where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition"
            " and atttypid <> 'xid8'::regtype group by relname"
        ).fetchall()
        return {
            name: sorted(connection.execute(f"select row({listed})::text from {name}").fetchall())
            for name, listed in columns
            if name not in LEFT_OUT
        }


def back_up(store, noon):
    target = io.BytesIO()
    with store.archiving.backing_up(noon) as backup:
        manifest = backup.write(target, lambda _table, _rows: None)
        assert manifest.rows == backup.extent.total
    return target


def put_back(dsn, source, noon, *, force=False):
    with BackupReader(source) as reader:
        restoring.check(reader, lambda _table, _rows: None)
        return restoring.restore(
            dsn, reader, noon, force=force, progress=lambda _table, _rows: None, summing_up=lambda: None
        )


def summaries(store, stream, noon):
    """Sums of the same values in another order differ in the last bits."""
    return {
        step: [
            replace(point, value=None if point.value is None else round(point.value, 6))
            for point in store.series(stream, noon - 500 * DAY, noon + DAY, step)
        ]
        for step in STEPS
    }


def test_a_backup_goes_to_the_other_flavour_and_back(lived_in, dsn, other_dsn, snow, noon, tmp_path):
    before, series = contents(dsn), summaries(lived_in, snow, noon)
    assert sorted(name for name, rows in before.items() if not rows) == EMPTY
    source = back_up(lived_in, noon)
    lived_in.close()
    done = put_back(other_dsn, source, noon)
    assert (done.rows, done.given_up) == (sum(map(len, before.values())), 0)
    assert contents(other_dsn) == before
    with open_store(other_dsn, pool_size=1) as other:
        assert summaries(other, snow, noon) == series
        source = back_up(other, noon)
    with pytest.raises(StoreError, match=r"the database is not empty: it has rows in .*observation.*site"):
        put_back(dsn, source, noon)
    assert put_back(dsn, source, noon, force=True).rows == done.rows
    assert contents(dsn) == before
    with open_store(dsn, pool_size=1) as again:
        assert summaries(again, snow, noon) == series
        assert again.changes(1, None).values


EMPTY = ["archive_month", "summary_kept"]
"""Tables with a test of their own."""


def test_numbers_go_on_where_they_were(lived_in, dsn, other_dsn, town, noon, aside, measured, snow):
    lived_in.append(1, Batch(quarantine=[aside(payload=b"1")]))
    last = lived_in.aside.newest(1)
    with psycopg.connect(dsn, autocommit=True, prepare_threshold=None) as connection:
        connection.execute("delete from quarantine where id = %s", [last])
    version = lived_in.latest_values(1)[0].version
    source = back_up(lived_in, noon)
    lived_in.close()
    put_back(other_dsn, source, noon)
    with open_store(other_dsn, pool_size=1) as other:
        registry = other.register(town)
        assert registry.datastreams["snow-1/snow_depth"] == snow
        other.append(1, Batch(quarantine=[aside(payload=b"2")]))
        assert other.aside.newest(1) == last + 1, "no number is given twice"
        cursor = other.changes(1, None).cursor
        other.append(1, Batch(observations=[measured(snow, noon + timedelta(minutes=1))]))
        (changed,) = other.changes(1, cursor).values
        assert changed.version > version
        other.maintain(noon)
        assert other.series(snow, noon, noon + DAY, timedelta(hours=1))[0].count == 2


def test_nothing_past_its_deadline_is_sent_after_a_restore(lived_in, other_dsn, noon, message):
    source = back_up(lived_in, noon)
    lived_in.close()
    assert put_back(other_dsn, source, noon + DAY).given_up == 1
    with open_store(other_dsn, pool_size=1) as other:
        outbox = {row.id: (state, error) for row, state, _, error in other.outbox(1)}
        assert outbox == {
            message().id: ("delivered", None),
            message(2).id: ("dead", "its deadline had passed when the backup was restored"),
            message(2, channel="webhook").id: ("queued", None),
        }
        for channel, due in (("mail", []), ("webhook", [message(2, channel="webhook").id])):
            leased = other.outgoing.lease(1, channel, noon + DAY, timedelta(minutes=1), 10)
            assert [each.notification.id for each in leased] == due
        assert {each.id for each in other.open_episodes(1)} == {message().episode, message(2).episode}
        assert [row.state["n"] for row in other.instances(1)] == [1e-9]


def test_summaries_of_archived_months_are_in_the_backup(store, snow, measured, noon, other_dsn, tmp_path):
    at = noon - 500 * DAY
    store.append(1, Batch(observations=[measured(snow, at, 4.0), measured(snow, noon)]))
    store.archiving.archive(Place(1, "town", tmp_path), "observations", month_of(at), noon)
    series, entries = summaries(store, snow, noon), store.archiving.entries(1)
    source = back_up(store, noon)
    store.close()
    put_back(other_dsn, source, noon)
    with open_store(other_dsn, pool_size=1) as other:
        assert summaries(other, snow, noon) == series
        assert [point.value for point in other.series(snow, at - DAY, at + DAY, DAY)] == [4.0]
        assert other.archiving.entries(1) == entries


def damaged_copies(whole):
    """Ways a file may have been cut or changed, by name."""
    middle = len(whole) // 2
    yield "empty", b"", "it is no backup, or its end is missing"
    yield "cut", whole[:-100], "its end was cut or its manifest changed"
    yield "cut a little more", whole[:-300], "it is no backup, or its end is missing"
    yield "cut in the middle", whole[:middle], "it is no backup, or its end is missing"
    yield (
        "a bit",
        whole[:middle] + bytes([whole[middle] ^ 4]) + whole[middle + 1 :],
        "rows of .* (cannot be read|not those)",
    )
    yield (
        "another row",
        rewritten(whole, "tables/site.jsonl", lambda text: text.replace(b"town", b"city")),
        "rows of site",
    )
    yield "a row less", rewritten(whole, "tables/device_seen.jsonl", lambda _: b"[]\n"), "rows of device_seen are not"
    yield (
        "manifest",
        rewritten(whole, "manifest.json", lambda text: text.replace(b'"rows": 2', b'"rows": 1')),
        "manifest",
    )
    yield "one more", rewritten(whole, "extra", lambda _: b"x"), "not what its manifest lists"
    yield "no zip", b"PGDMP" + whole[5:200], "it is no backup"


def rewritten(whole, entry, change):
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == entry else old.read(name))
        if entry not in old.namelist():
            new.writestr(entry, change(b""))
        new.comment = old.comment
    return target.getvalue()


def test_what_was_cut_or_changed_is_refused_before_anything_is_written(lived_in, noon, empty_dsn):
    whole = back_up(lived_in, noon).getvalue()
    for how, copy, reason in damaged_copies(whole):
        assert copy != whole, how
        with pytest.raises(StoreError, match=reason) as caught:
            put_back(empty_dsn, io.BytesIO(copy), noon)
        assert caught.value.hint, how
    with psycopg.connect(empty_dsn) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)


def test_a_backup_of_a_newer_program_is_refused(lived_in, noon, empty_dsn, monkeypatch):
    source = back_up(lived_in, noon)
    with monkeypatch.context() as patch:
        patch.setattr(migration, "schema_known", lambda: ["0001_registry"])
        with pytest.raises(StoreError, match=r"newer schema than this program's: it has .*0004_alerts"):
            put_back(empty_dsn, source, noon)
    manifest = BackupReader(source).manifest
    target = io.BytesIO()
    monkeypatch.setattr("store.backup_file.FORMAT", 2)
    BackupWriter(target, manifest).finish()
    monkeypatch.undo()
    with pytest.raises(StoreError, match="a newer format"):
        BackupReader(target)


@pytest.mark.db
def test_an_older_backup_goes_the_way_its_database_would_have_gone(
    plain_store, plain_dsn, town, empty_dsn, noon, tmp_path, monkeypatch
):
    """Migrated as far as the backup, filled, then migrated on: the later migration finds the rows."""
    plain_store.register(town)
    source = back_up(plain_store, noon)
    plain_store.close()
    later = shutil.copytree(migration._FOLDER, tmp_path / "migrations")
    name = f"{len(migration.schema_known()) + 1:04}_later"
    (later / f"{name}.sql").write_text("create table later as select id from site;")
    monkeypatch.setattr(migration, "_FOLDER", later)
    put_back(empty_dsn, source, noon)
    with psycopg.connect(empty_dsn) as connection:
        assert connection.execute("select id from later").fetchall() == [("town",)]
        assert migration.schema_of(connection) == migration.schema_known()
    migrate(plain_dsn)
    with pytest.raises(StoreError, match="newer than that of the backup") as caught:
        put_back(plain_dsn, source, noon, force=True)
    assert "without any schema" in caught.value.hint


@pytest.mark.db
def test_a_database_others_work_with_is_left_alone(plain_store, plain_dsn, town, noon, monkeypatch):
    monkeypatch.setattr(restoring, "PATIENCE_S", 0.0)
    plain_store.register(town)
    source = back_up(plain_store, noon)
    with pytest.raises(StoreError, match="other connections work with this database") as caught:
        put_back(plain_dsn, source, noon, force=True)
    assert "stop collect" in caught.value.hint


@pytest.mark.db
def test_a_restore_cut_midway_leaves_the_database_as_it_was(plain_store, plain_dsn, town, noon, monkeypatch, empty_dsn):
    plain_store.register(town)
    source = back_up(plain_store, noon)
    before = contents(plain_dsn)
    plain_store.close()
    with monkeypatch.context() as patch:
        patch.setattr(restoring._Filling, "_continue_sequences", lambda self: 1 / 0)
        for dsn, force in ((plain_dsn, True), (empty_dsn, False)):
            with pytest.raises(ZeroDivisionError):
                put_back(dsn, source, noon, force=force)
    assert contents(plain_dsn) == before
    assert not any(contents(empty_dsn).values())
    assert put_back(empty_dsn, source, noon).rows == sum(map(len, before.values()))


@pytest.mark.db
def test_summaries_cut_midway_are_finished_by_the_next_upkeep(plain_store, snow_series, noon, empty_dsn, monkeypatch):
    stream, series = snow_series
    source = back_up(plain_store, noon)
    with monkeypatch.context() as patch:
        patch.setattr(maintenance, "maintain", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            put_back(empty_dsn, source, noon)
    with open_store(empty_dsn) as store:
        assert store.series(stream, noon - 90 * DAY, noon + DAY, DAY) == []
        store.maintain(noon)
        assert summaries(store, stream, noon) == series
        store.maintain(noon)
        with psycopg.connect(empty_dsn) as connection:
            assert connection.execute("select count(*) from observation_touched").fetchone() == (0,)


@pytest.fixture
def snow_series(plain_store, town, measured, noon):
    """The number of a datastream with three months of rows, and its summaries."""
    stream = plain_store.register(town).datastreams["snow-1/snow_depth"]
    plain_store.append(1, Batch(observations=[measured(stream, noon - n * DAY, float(n)) for n in range(90)]))
    plain_store.maintain(noon)
    return stream, summaries(plain_store, stream, noon)


def test_a_backup_sees_one_instant(plain_store, town, measured, noon):
    stream = plain_store.register(town).datastreams["snow-1/snow_depth"]
    plain_store.append(1, Batch(observations=[measured(stream, noon)]))
    target = io.BytesIO()
    with plain_store.archiving.backing_up(noon) as backup:
        plain_store.append(1, Batch(observations=[measured(stream, noon + timedelta(minutes=1))]))
        backup.write(target, lambda _table, _rows: None)
    manifest = BackupReader(target).manifest
    assert manifest.tables["observation"].rows == manifest.tables["observation_latest"].rows == 1
    text = json.loads(zipfile.ZipFile(target).read("manifest.json"))
    assert text["sites"] == ["town"]
    assert text["migrations"] == migration.schema_known()


def test_the_file_needs_no_seeking(plain_store, town, noon):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.taken = bytearray()

        def writable(self):
            return True

        def write(self, data):
            self.taken += data
            return len(data)

    plain_store.register(town)
    pipe = Pipe()
    with plain_store.archiving.backing_up(noon) as backup:
        backup.write(pipe, lambda _table, _rows: None)
    with BackupReader(io.BytesIO(bytes(pipe.taken))) as reader:
        assert restoring.check(reader, lambda _table, _rows: None).rows > 0


PLAUSIBLE = {
    "format": 1,
    "made_at": "2026-01-01T00:00:00Z",
    "flavour": "plain",
    "migrations": ["0001_registry"],
    "sites": [],
    "tables": {},
    "sequences": {},
    "days": {},
}
PART = {"columns": ["id"], "rows": 1, "size": 1, "sha256": ""}


def crafted(manifest, **tables):
    """A file whose manifest agrees with its comment, whatever it says."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in tables.items():
            made.writestr(f"tables/{name}.jsonl", text)
        made.writestr("manifest.json", manifest)
        made.comment = f"{backup_file._COMMENT}{hashlib.sha256(manifest.encode()).hexdigest()}".encode()
    return target


@pytest.mark.parametrize(
    "manifest",
    [
        "[" * 100_000,
        "5",
        "[]",
        *(
            json.dumps(PLAUSIBLE | wrong)
            for wrong in (
                {"format": "one"},
                {"made_at": 5},
                {"migrations": 5},
                {"migrations": [5]},
                {"migrations": []},
                {"sites": {"a": 1}},
                {"tables": []},
                {"tables": {"site": 5}},
                {"tables": {"site": {**PART, "rows": "1"}}},
                {"tables": {"site": {**PART, "columns": "id"}}},
                {"sequences": []},
                {"sequences": {"a": "1"}},
                {"days": {"observation": 5}},
                {"days": []},
            )
        ),
    ],
)
def test_a_crafted_manifest_is_refused(manifest):
    tables = {"site": ""} if '"site"' in manifest else {}
    with pytest.raises(StoreError, match="the backup is not whole: its manifest cannot be read"):
        BackupReader(crafted(manifest, **tables))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[" * 100_000, "rows of site cannot be read"),
        ("[5]\n", "rows of site are no rows"),
        ('["a"', "rows of site cannot be read"),
        (" " * 5_000, "a line of site is longer than any"),
    ],
)
def test_crafted_rows_are_refused_within_bounds(text, reason, monkeypatch):
    if text.isspace():
        monkeypatch.setattr(backup_file, "_LONGEST_LINE", 4_000)
    file = crafted(json.dumps(PLAUSIBLE | {"tables": {"site": PART}}), site=text)
    with BackupReader(file) as reader, pytest.raises(StoreError, match=reason):
        reader.verify(lambda *_: None)


def test_a_manifest_that_would_fill_the_memory_is_not_read(monkeypatch):
    monkeypatch.setattr(backup_file, "_LONGEST_MANIFEST", 10)
    with pytest.raises(StoreError, match="its manifest is longer than any"):
        BackupReader(crafted(json.dumps(PLAUSIBLE)))


def test_a_folder_is_no_backup_and_is_said_so(tmp_path):
    with pytest.raises(StoreError, match="cannot be read"):
        BackupReader(tmp_path)
