"""What the routes work with; put together once by ``create_app``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.model import Site
from core.times import Clock
from gis.feature_source import FeatureSources
from store import Store
from store.rows import Registry
from web.doors import Doors, Limiter
from web.features import Shapes
from web.live import Live
from web.metrics import Metrics
from web.settings import WebSettings
from web.stream import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The site and everything that serves it; ``token`` tells this server's versions from another's.

    ``sources`` holds the features of the published layers, for all who answer with them.
    """

    site: Site
    store: Store
    registry: Registry
    public_folder: Path
    staff_folder: Path
    clock: Clock
    settings: WebSettings
    token: str
    shapes: Shapes
    live: Live
    hub: Hub
    doors: Doors
    limiter: Limiter
    metrics: Metrics
    sources: FeatureSources
