"""The dispatch order of the simulated night: what sent its ploughs out. Marked as made up wherever it is shown."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from config.model import Site
from core.errors import YukimoriError
from core.ploughs import Order
from store import Store

log = logging.getLogger(__name__)

BY = "demo"
NOTE = "架空の出動指示です（見本）"
MEASURED = "架空：市役所前の新たな積雪 12 cm（見本）"


def demo_order(site: Site, at: datetime) -> Order | None:
    """The order given at ``at`` to clear all classes that have a promise; None for a site without any."""
    if site.ploughs is None or not site.ploughs.classes:
        return None
    return Order(
        id=f"{BY}-{at:%Y%m%dT%H%M%SZ}", at=at, classes=tuple(site.ploughs.classes), by=BY, note=NOTE, measured=MEASURED
    )


def give_order(store: Store, site_no: int, site: Site, now: datetime, before: timedelta | None) -> None:
    """Note the night's order, given so long ``before`` now, in place of one of an earlier start. Never raises.

    Orders that people gave stay as they are.
    """
    order = None if before is None else demo_order(site, now - before)
    if order is None:
        return
    try:
        for old in store.orders.standing(site_no, now):
            if old.by == BY:
                store.orders.end(site_no, old.id, order.at, BY, now)
        store.orders.give(site_no, order, now)
    except YukimoriError as error:
        log.warning("the demonstration goes on without its dispatch order: %s", error)
