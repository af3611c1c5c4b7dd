"""``yukimori`` as it is, but its collector waits less: 2 s for a word of the broker, 1 s for the database; it
tells how it is twice a second, and believes sooner that another has its name.

For the small scale of the fault tests; ``make faults`` runs the program itself.
"""

from __future__ import annotations

import functools

import app.collect
import ingest.collector
import ingest.connection_watch
from app.cli import main
from ingest.session import Session

KEEPALIVE_S = 2
PATIENCE_S = 1.0

app.collect.TELL_S = 0.5
app.collect.OPEN_PATIENCE_S = 0.5
ingest.connection_watch.SHORT_IN_A_ROW = 2
ingest.connection_watch.RECONNECT_WHEN_TAKEN_S = (2, 4)
Session.__init__.__kwdefaults__["keepalive_s"] = KEEPALIVE_S
ingest.collector.Pace = functools.partial(
    ingest.collector.Pace, patience_s=PATIENCE_S, stop_patience_s=0.5, slowest_retry_s=1.0
)

if __name__ == "__main__":
    main()
