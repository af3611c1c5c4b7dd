"""``yukimori`` as it is, but members are taken for silent after 1.5 s, and say how they are five times a second."""

from __future__ import annotations

import app.collect
from app.cli import main
from ingest.lookout import Lookout

app.collect.TELL_S = 0.2
app.collect.LOOK_ROUND_S = 0.2
Lookout.__init__.__defaults__ = (1.5,)

if __name__ == "__main__":
    main()
