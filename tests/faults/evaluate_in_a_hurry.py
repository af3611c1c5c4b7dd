"""``yukimori`` as it is, but a message a sender held when it was killed is free again after two seconds instead of sixty.

For the small scale of the fault tests; ``make faults`` runs the program itself.
"""

from __future__ import annotations

from datetime import timedelta

import alerts.outbox
from app.cli import main

alerts.outbox.LEASE = timedelta(seconds=2)

if __name__ == "__main__":
    main()
