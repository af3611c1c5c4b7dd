"""``yukimori`` as it is, in a hurry, and with a watchdog whose minute is half a second: late after two, a channel that failed is
tried again after one.
"""

from __future__ import annotations

import alerts.breaker
import alerts.run
import alerts.watchdog
import ingest.watchdog
from app.cli import main
from tests.faults import collect_in_a_hurry
from tests.faults.watchdog_pace import EVERY, LATE_AFTER

assert collect_in_a_hurry.PATIENCE_S, "its waits are these too"
alerts.watchdog.EVERY = EVERY
alerts.watchdog.LATE_AFTER = LATE_AFTER
ingest.watchdog.beating_device.__wrapped__.__kwdefaults__["every_s"] = EVERY.total_seconds()
alerts.run.run_evaluator.__kwdefaults__["interval"] = EVERY / 2
alerts.run._LONGEST_PAUSE_S = 1.0
alerts.breaker._FIRST_PAUSE_S = alerts.breaker._LONGEST_PAUSE_S = 1.0

if __name__ == "__main__":
    main()
