"""A dispatch order is given once and ended once; what was said stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from core.errors import StoreError
from core.ploughs import Order

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def site(registry) -> int:
    return registry.site


@pytest.fixture
def orders(store):
    return store.orders


@pytest.fixture
def order(noon) -> Order:
    return Order(id="night", at=noon, classes=("1", "2"), by="当直", note="市内全域", measured="12 cm（市役所前）")


def test_an_order_stands_from_its_time_on_and_is_read_back_whole(orders, site, order, noon):
    assert orders.give(site, order, noon + MINUTE)
    assert orders.order(site, "night") == order
    assert orders.standing(site, noon) == [order]
    assert orders.standing(site, noon + HOUR) == [order]
    assert orders.standing(site, noon - MINUTE) == []
    assert orders.history(site) == [order]


def test_an_ended_order_stands_until_its_end(orders, site, order, noon):
    orders.give(site, order, noon)
    assert orders.end(site, "night", noon + HOUR, "班長", noon + HOUR)
    ended = replace(order, ended_at=noon + HOUR, ended_by="班長")
    assert orders.standing(site, noon + HOUR - MINUTE) == [ended]
    assert orders.standing(site, noon + HOUR) == []
    assert orders.history(site) == [ended]


def test_given_twice_it_is_one_and_the_first_word_stands(orders, site, order, noon):
    assert orders.give(site, order, noon)
    assert not orders.give(site, order, noon)
    assert not orders.give(site, replace(order, classes=("3",), note="別"), noon)
    assert orders.history(site) == [order]


def test_ended_twice_the_first_end_counts(orders, site, order, noon):
    orders.give(site, order, noon)
    assert orders.end(site, "night", noon + HOUR, "班長", noon + HOUR)
    assert not orders.end(site, "night", noon + 2 * HOUR, "別の人", noon + 2 * HOUR)
    assert orders.order(site, "night").ended_at == noon + HOUR


def test_an_order_never_ends_before_it_began(orders, site, order, noon):
    orders.give(site, order, noon)
    orders.end(site, "night", noon - HOUR, "班長", noon)
    assert orders.order(site, "night").ended_at == noon
    assert orders.standing(site, noon + MINUTE) == []


def test_what_was_never_ordered_cannot_be_ended(orders, site, noon):
    assert not orders.end(site, "nothing", noon, "班長", noon)
    assert orders.order(site, "nothing") is None


def test_the_newest_order_comes_first_and_the_past_can_be_left_out(orders, site, order, noon):
    later = replace(order, id="morning", at=noon + HOUR, classes=("3",))
    orders.give(site, later, noon + HOUR)
    orders.give(site, order, noon + 2 * HOUR)
    assert orders.standing(site, noon + 2 * HOUR) == [later, order]
    assert orders.history(site, most=1) == [later]
    orders.end(site, "night", noon + MINUTE, "班長", noon + HOUR)
    assert [each.id for each in orders.history(site, since=noon + 30 * MINUTE)] == ["morning"]
    assert [each.id for each in orders.history(site, since=noon)] == ["morning", "night"]


def test_classes_are_kept_once_each_in_order(orders, site, order, noon):
    orders.give(site, replace(order, classes=("2", "1", "2")), noon)
    assert orders.order(site, "night").classes == ("1", "2")


def test_orders_of_another_site_are_not_ours(store, orders, site, order, noon, town):
    other = store.register(replace(town, id="elsewhere")).site
    orders.give(site, order, noon)
    assert orders.order(other, "night") is None
    assert orders.give(other, order, noon)


def test_an_order_without_classes_is_refused(orders, site, order, noon):
    with pytest.raises(StoreError):
        orders.give(site, replace(order, classes=()), noon)


def test_what_was_ordered_stays(orders, site, order, noon, look):
    orders.give(site, order, noon)
    orders.end(site, "night", noon + HOUR, "班長", noon + HOUR)
    for table in ("plough_order", "plough_order_end"):
        for statement in (f"update {table} set received_at = now()", f"delete from {table}"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                look(statement)


def test_a_text_no_database_takes_is_kept_as_far_as_it_can_be(orders, site, order, noon):
    assert orders.give(site, replace(order, note="雪\x00多し"), noon)
    assert "\x00" not in orders.order(site, "night").note
