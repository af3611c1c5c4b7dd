"""The process of the embedded broker; started by ``ingest.broker``, never by hand.

It ends when its standard input does: the starter holds the other end, so even a killed starter leaves
no broker behind. Needs nothing of Yukimori and is run by its path.
"""

from __future__ import annotations

import logging
import os
import sys
import threading

from iotcore import IotCoreBroker


def _end_with_starter() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main(config_path: str) -> None:
    """Serve by the rumqttd TOML file ``config_path`` until killed; raises OSError where a port is taken."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # rumqttd wraps the routing of every packet in an error-level span: through logging, each packet is an error.
    for name in ("rumqttd", "tracing"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    threading.Thread(target=_end_with_starter, daemon=True).start()
    IotCoreBroker(config_path=config_path).run_forever()


if __name__ == "__main__":
    main(sys.argv[1])
