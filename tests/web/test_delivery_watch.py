"""How messages leave, in words for readiness and in numbers for metrics."""

from datetime import UTC, datetime, timedelta

from core.watchdog import LATE_AFTER
from store.outbox import ChannelState, Standing
from web.delivery_watch import OLDEST, DeliveryStanding

NOW = datetime(2026, 1, 10, tzinfo=UTC)
OPEN = ChannelState(
    channel="mail", state="open", failures=6, not_before=NOW, reason="421", changed_at=NOW, delivered_at=None
)
WHOLE = dict.fromkeys(("store", "rule", "channel"), NOW)


def samples(standing):
    return {
        (metric.name, *sample.labels.values()): sample.value
        for metric in standing.metrics(NOW)
        for sample in metric.samples
    }


def test_where_all_is_well_nothing_is_said():
    standing = DeliveryStanding((Standing("mail", 3, NOW - OLDEST, 2, 0),), {}, WHOLE)
    assert list(standing.complaints(NOW)) == []
    assert list(DeliveryStanding().complaints(NOW)) == []


def test_what_is_wrong_is_named():
    late = NOW - LATE_AFTER - timedelta(seconds=1)
    outbox = (Standing("mail", 3, NOW - OLDEST - timedelta(seconds=1), 2, 1),)
    standing = DeliveryStanding(outbox, {"mail": OPEN}, WHOLE | {"channel": late})
    waiting, unknown, breaker, watchdog = standing.complaints(NOW)
    assert "3 messages wait, the oldest for 601 s" in waiting
    assert "1 messages to residents" in unknown
    assert "left alone since 2026-01-10T00:00:00+00:00 (421)" in breaker
    assert watchdog == "watchdog: nothing passes channel; the last good hop is rule"


def test_the_same_in_numbers():
    standing = DeliveryStanding((Standing("mail", 3, NOW - OLDEST, 2, 1),), {"mail": OPEN}, {"store": NOW})
    found = samples(standing)
    assert found["yukimori_notifications", "mail", "dead"] == 2
    assert found["yukimori_notification_oldest_age_seconds", "mail"] == 600
    assert (found["yukimori_channel_breaker", "mail"], found["yukimori_channel_failures", "mail"]) == (2, 6)
    assert found["yukimori_watchdog_age_seconds", "store"] == 0
    assert found["yukimori_watchdog_age_seconds", "rule"] == float("inf")
