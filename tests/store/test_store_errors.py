"""What the driver raises never leaves the store; every kind of error has its treatment."""

import ast
import inspect
import re
import traceback
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

import store as package
from core.errors import StartError, StoreError
from store import Store, connection, open_store, statements
from store.alert_rows import Evaluation, InstanceRow
from store.rows import Batch

SOURCES = sorted(Path(package.__file__).parent.glob("*.py"))


def driver_errors():
    """Every error class of the driver, with those made for single SQLSTATEs."""
    found, waiting = set(), [psycopg.Error]
    while waiting:
        kind = waiting.pop()
        if kind not in found:
            found.add(kind)
            waiting.extend(kind.__subclasses__())
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


@pytest.mark.parametrize(
    "kind", [*driver_errors(), PoolClosed, PoolTimeout, TooManyRequests], ids=lambda kind: kind.__name__
)
def test_every_driver_error_becomes_ours(kind):
    with pytest.raises(StoreError, match="look:") as caught, connection.translated("look"):
        raise kind("first line\n  second line")
    assert str(caught.value) == "look: first line second line"
    assert isinstance(caught.value.__cause__, kind)
    assert caught.value.sqlstate == getattr(kind, "sqlstate", None)


def of(sqlstate):
    return psycopg.errors.lookup(sqlstate)("x")


@pytest.mark.parametrize(
    ("sqlstate", "retryable", "data"),
    [
        ("22003", False, True),  # number out of range
        ("23514", False, True),  # check violated
        ("08006", True, False),  # connection failure
        ("40001", True, False),  # serialization failure
        ("40P01", True, False),  # deadlock
        ("57P01", True, False),  # administrator shut the server down
        ("57P03", True, False),  # server is starting
        ("58030", True, False),  # input or output error
        ("53100", True, False),  # disk full
        ("53300", True, False),  # too many connections
        ("53400", False, True),  # decompression limit: single rows go to quarantine as late
        ("25006", True, False),  # read-only
        ("55P03", True, False),  # lock not available
        ("28P01", False, False),  # wrong password
        ("3D000", False, False),  # no such database
        ("3F000", False, False),  # no such schema
        ("42P01", False, False),  # no such table
        ("XX000", True, False),  # nobody knows
    ],
)
def test_the_table_of_sqlstates(sqlstate, retryable, data):
    error = of(sqlstate)
    assert connection.store_error("x", error).retryable is retryable
    assert connection.is_data_error(error) is data
    assert connection.is_late(error) is (sqlstate == "53400")


def test_a_wrong_deployment_says_what_to_do():
    assert "yukimori migrate" in connection.store_error("x", of("42P01")).hint


def test_a_connection_lost_without_a_word_may_heal():
    assert connection.store_error("x", psycopg.OperationalError("gone")).retryable
    assert not connection.store_error("x", PoolClosed("closed")).retryable


@pytest.mark.parametrize(
    "address", ["postgresql:/town:canary@db/town", "postgresql://town:canary%zz@db/town", "host=db password='canary"]
)
def test_an_address_that_is_none_is_not_repeated(address):
    with pytest.raises(StartError, match="is not the address of a database") as caught:
        connection.connect(address)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def calls(noon):
    """A call of every method that asks the database."""
    hour = timedelta(hours=1)
    return {
        "append": lambda s: s.append(1, Batch(counts={"received": 1})),
        "latest_values": lambda s: s.latest_values(1),
        "latest_positions": lambda s: s.latest_positions(1),
        "changes": lambda s: s.changes(1, None),
        "series": lambda s: s.series(1, noon, noon, hour),
        "samples": lambda s: s.samples([1], noon, noon),
        "arrivals": lambda s: s.arrivals(1, None),
        "instances": lambda s: s.instances(1),
        "open_episodes": lambda s: s.open_episodes(1),
        "recent_episodes": lambda s: s.recent_episodes(1, noon),
        "shadow_episodes": lambda s: s.shadow_episodes(1, noon),
        "transitions": lambda s: s.transitions([UUID(int=1)]),
        "save_evaluation": lambda s: s.save_evaluation(1, Evaluation([InstanceRow("r", "t", "v", {})])),
        "untold": lambda s: s.untold(1),
        "outbox": lambda s: s.outbox(1),
        "counters": lambda s: s.counters(1),
        "devices_seen": lambda s: s.devices_seen(1),
        "ready": lambda s: s.ready(),
        "maintain": lambda s: s.maintain(noon),
    }


def test_the_list_of_calls_is_complete(noon, town):
    public = {name for name, _ in inspect.getmembers(Store, inspect.isfunction) if not name.startswith("_")}
    assert public == {*calls(noon), "register", "evaluator_lock", "close"}


@pytest.mark.db
def test_no_method_lets_a_driver_error_out(plain_dsn, noon, town):
    closed = open_store(plain_dsn)
    closed.close()
    for name, call in {**calls(noon), "register": lambda s: s.register(town)}.items():
        with pytest.raises(StoreError) as caught:
            call(closed)
        assert not caught.value.retryable, name


@pytest.mark.db
def test_a_missing_table_is_a_wrong_deployment_everywhere(plain_dsn, noon, town):
    with open_store(plain_dsn, pool_size=1) as opened:
        with psycopg.connect(plain_dsn, autocommit=True) as direct:
            direct.execute("drop schema public cascade")
        for name, call in {**calls(noon), "register": lambda s: s.register(town)}.items():
            if name == "ready":
                continue
            with pytest.raises(StoreError) as caught:
                call(opened)
            assert (caught.value.retryable, caught.value.sqlstate[:2]) == (False, "42"), name


@pytest.mark.db
def test_a_row_too_deep_in_compressed_data_goes_to_quarantine_as_late(plain_store, plain_dsn, town, noon, measured):
    """The server's limit is played by a trigger: the limit itself needs 100 000 compressed rows."""
    number = plain_store.register(town).datastreams["snow-1/snow_depth"]
    with psycopg.connect(plain_dsn, autocommit=True) as direct:
        direct.execute(
            "create function too_deep() returns trigger language plpgsql as $$ begin"
            " if new.value = 13 then raise exception 'tuple decompression limit exceeded'"
            " using errcode = 'configuration_limit_exceeded'; end if; return new; end $$"
        )
        direct.execute("create trigger too_deep before insert on observation for each row execute function too_deep()")
    batch = Batch(observations=[measured(number, noon), measured(number, noon + timedelta(hours=1), 13.0)])
    done = plain_store.append(1, batch)
    assert (done.stored, done.refused) == (1, 1)
    assert plain_store.aside.counts(1) == {"late": (1, 0)}


def test_every_statement_is_used_and_every_used_one_exists():
    """By its name, or by one put together of a fixed beginning and what it is about."""
    used, begun = {}, {}
    for path in SOURCES:
        nodes = list(ast.walk(ast.parse(path.read_text())))
        texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        for node in nodes:  # a module of rows names the statements its columns are for
            if isinstance(node, ast.ImportFrom) and node.module == "store":
                texts |= named_in(alias.name for alias in node.names if alias.name.endswith("_rows"))
        beginnings = {node.values[0].value for node in nodes if isinstance(node, ast.JoinedStr) and is_beginning(node)}
        for node in nodes:
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "statements.load":
                used.setdefault(node.args[0].value, set()).update(texts)
                begun.setdefault(node.args[0].value, set()).update(beginnings)
    files = {path.stem for path in (Path(package.__file__).parent / "queries").glob("*.sql")}
    assert set(used) == files
    for name, texts in used.items():
        unused = {each for each in statements.load(name) if not each.startswith(tuple(begun[name]))} - texts
        assert unused == set(), f"{name}.sql has statements nobody uses"


def named_in(modules):
    found = [Path(package.__file__).with_name(f"{module}.py") for module in modules]
    nodes = [node for path in found for node in ast.walk(ast.parse(path.read_text()))]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def is_beginning(node):
    first, *rest = node.values
    return isinstance(first, ast.Constant) and re.fullmatch(r"[a-z]+_", str(first.value)) is not None and len(rest) == 1


def test_what_the_package_offers():
    assert set(package.__all__) == {"Store", "migrate", "open_store"}
