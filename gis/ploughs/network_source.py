"""The network of a site for those who ask again and again: read once, and anew when its file has changed."""

from __future__ import annotations

import threading

from config.model import Site
from core.errors import LayerError
from gis.ploughs.network import Network, read_network
from gis.ploughs.snow_gauges import Gauge, gauges_of
from gis.ploughs.snow_since import Near, near_gauges


class NetworkSource:
    """The cleared roads of a site and the snow gauges near each of them; safe from several threads."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._network: Network | None = None
        self._near: dict[str, tuple[Near, ...]] = {}
        self.gauges: tuple[Gauge, ...] = gauges_of(site)

    def network(self) -> Network:
        """The network as the file says now. Raises LayerError where there is none or it cannot be read."""
        with self._lock:
            return self._current()

    def near(self) -> tuple[Network, dict[str, tuple[Near, ...]]]:
        """The network, and the gauges near each of its roads; raises as ``network``."""
        with self._lock:
            return self._current(), self._near

    def _current(self) -> Network:
        seen = self._stamp()
        if self._network is None or self._seen != seen:
            self._network = read_network(self._site)
            self._near = near_gauges(self._network, self.gauges)
            self._seen = seen
        return self._network

    def _stamp(self) -> tuple[int, int]:
        wanted = "" if self._site.ploughs is None else self._site.ploughs.roads
        layer = next((each for each in self._site.layers if each.id == wanted), None)
        if layer is None:
            return (0, 0)  # read_network says what is missing
        try:
            state = layer.file.stat()
        except OSError as error:
            raise LayerError(wanted, f"its file cannot be read ({error.strerror})", hint=str(layer.file)) from error
        return state.st_mtime_ns, state.st_size
