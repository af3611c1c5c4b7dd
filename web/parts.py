"""What the routes work with; put together once by ``create_app``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request

from config.model import Site
from core.accounts import Person
from core.times import Clock
from gis.feature_source import FeatureSources
from store import Store
from store.rows import Registry
from web.access import Access
from web.doors import Doors, Limiter
from web.features import Shapes
from web.live import Live
from web.metrics import Metrics
from web.settings import WebSettings
from web.stream import Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The site and everything that serves it; ``token`` tells this server's versions from another's.

    ``sources`` holds the features of the published layers, for all who answer with them; ``access`` lets staff in.
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
    access: Access

    def audit(self, person: Person, action: str, subject: str, request: Request, **details: Any) -> None:
        """Write down what a person did: ``action`` is ``<thing>.<verb>``, ``subject`` what it was done to.

        What was done in an exercise says so. Raises StoreError where it cannot be kept. Never give it a secret.
        """
        mark = {"exercise": True} if self.site.exercise else {}
        self.access.write(person.name, action, subject, request, **details, **mark)
