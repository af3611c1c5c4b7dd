"""The dispatch order of the simulated night: one stands, it is marked as made up, and people's own stay."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.demo_orders import BY, demo_order, give_order
from config import load_site
from config.model import Site
from core.errors import StoreError
from core.ploughs import Order
from store import Store

NOW = datetime(2026, 1, 15, 3, 0, tzinfo=UTC)
BEFORE = timedelta(minutes=35)


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(Path(__file__).parents[2] / "config" / "example")


def test_the_order_is_for_every_class_with_a_promise_and_says_it_is_made_up(site: Site) -> None:
    order = demo_order(site, NOW)
    assert order is not None
    assert (order.classes, order.by, order.at) == (("1", "2", "3"), BY, NOW)
    assert "架空" in order.note
    assert "架空" in order.measured


def test_a_site_without_promises_gets_no_order(site: Site) -> None:
    assert demo_order(replace(site, ploughs=None), NOW) is None
    assert site.ploughs is not None
    assert demo_order(replace(site, ploughs=replace(site.ploughs, classes={})), NOW) is None


@pytest.mark.db
def test_one_order_of_the_demonstration_stands_and_peoples_own_stay(site: Site, store: Store) -> None:
    number = store.register(site).site
    own = Order(id="own", at=NOW - timedelta(hours=1), classes=("1",), by="除雪担当")
    store.orders.give(number, own, NOW)
    for started in (NOW, NOW + timedelta(hours=3)):
        give_order(store, number, site, started, BEFORE)
    standing = store.orders.standing(number, NOW + timedelta(hours=3))
    assert [(order.by, order.at) for order in standing] == [
        (BY, NOW + timedelta(hours=3) - BEFORE),
        ("除雪担当", own.at),
    ]


@pytest.mark.db
def test_a_store_that_is_away_ends_nothing(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: object) -> list[Order]:
        raise StoreError("read the standing orders: the database is away", retryable=True)

    monkeypatch.setattr(type(store.orders), "standing", away)
    with caplog.at_level(logging.WARNING):
        give_order(store, 1, site, NOW, BEFORE)
    assert "without its dispatch order" in caplog.text
    give_order(store, 1, site, NOW, None)
