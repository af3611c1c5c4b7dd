"""``yukimori`` as it is, but its collector waits less: 2 s for a word of the broker, 1 s for the database; it
tells how it is twice a second.

For the small scale of the fault tests; ``make faults`` runs the program itself.
"""

from __future__ import annotations

import functools

import app.collect
import ingest.collector
from app.cli import main
from ingest.session import Session

KEEPALIVE_S = 2
PATIENCE_S = 1.0

app.collect.TELL_S = 0.5
Session.__init__.__kwdefaults__["keepalive_s"] = KEEPALIVE_S
ingest.collector.Pace = functools.partial(
    ingest.collector.Pace, patience_s=PATIENCE_S, stop_patience_s=0.5, slowest_retry_s=1.0
)

if __name__ == "__main__":
    main()
