"""The composition of the web application; nothing is read at import."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from config.exercise import PATH
from config.model import Site
from core.errors import YukimoriError
from core.times import Clock
from gis.feature_source import FeatureSources
from maps.gsi_tiles import image_hosts
from store import Store
from store.rows import Registry
from web.access import Access
from web.access_table import check_doors
from web.account_keys import AccountKeys
from web.accounts import add_accounts
from web.acknowledge import add_acknowledge
from web.alert_feed import add_feed
from web.announcements import add_announcements
from web.api import add_api
from web.audit_list import add_audit
from web.cap import add_cap
from web.closures import add_closures
from web.console import add_console
from web.console_page import add_console_page
from web.console_rules import add_console_rules
from web.crew import add_crew
from web.crew_pages import add_crew_pages
from web.doors import Doors, Limiter
from web.events import Writer
from web.exercise_door import ExerciseDoor
from web.exercises import add_exercises
from web.exposure import add_exposure
from web.external_alerts import add_external_alerts
from web.features import Shapes
from web.guard import Failures, SecurityHeaders
from web.hazard import add_hazard
from web.health import add_health
from web.layer_pages import add_layer_pages
from web.live import Live, Poller
from web.metrics import Metrics
from web.notify_page import add_notify_page
from web.ogc import add_ogc
from web.open_data import add_open_data
from web.outbox import add_outbox
from web.own_session import add_own_session
from web.pages import add_pages
from web.parts import Parts
from web.playback_page import add_playback_page
from web.print_page import add_print
from web.problems import on_error, on_http_error
from web.push import add_push
from web.resident_messages import add_resident_messages
from web.road_pages import add_road_pages
from web.roads import add_roads
from web.settings import WebSettings
from web.shelters_api import add_shelters
from web.sign_in import add_sign_in
from web.sign_in_page import add_sign_in_page
from web.silences import add_silences
from web.staff import add_staff
from web.staff_notes_page import add_notes_page
from web.stream import Hub
from web.warnings import add_warnings

ROUTES: tuple[Callable[[FastAPI, Parts], None], ...] = (
    add_api,
    add_shelters,
    add_roads,
    add_staff,
    add_sign_in,
    add_own_session,
    add_accounts,
    add_audit,
    add_closures,
    add_console,
    add_console_rules,
    add_silences,
    add_external_alerts,
    add_resident_messages,
    add_exercises,
    add_push,
    add_announcements,
    add_crew,
    add_crew_pages,
    add_hazard,
    add_exposure,
    add_pages,
    add_road_pages,
    add_playback_page,
    add_notes_page,
    add_notify_page,
    add_sign_in_page,
    add_console_page,
    add_layer_pages,
    add_print,
    add_ogc,
    add_open_data,
    add_feed,
    add_cap,
    add_warnings,
    add_acknowledge,
    add_outbox,
    add_health,
)
"""What answers, in the order it is asked: an address belongs to the first that knows it."""


def create_app(
    site: Site,
    store: Store,
    registry: Registry,
    *,
    public_folder: Path,
    staff_folder: Path | None = None,
    clock: Clock,
    settings: WebSettings | None = None,
    token: str | None = None,
    access: Access | None = None,
) -> FastAPI:
    """The web application of one site, ready to be served.

    ``public_folder`` holds what is published (``layers/``), ``staff_folder`` what only staff may see (beside it by
    default), ``clock`` gives the present instant; ``token`` names this server in event ids, by default a random one.
    ``access`` are the doors of staff, by default the site's own; the stand-in of an exercise has the town's.
    ``app.state.parts`` holds its parts. The store stays the caller's: it is not closed here.
    """
    parts = _parts(site, store, registry, public_folder, staff_folder, clock, settings or WebSettings(), token)
    parts = parts if access is None else replace(parts, access=access)
    door = None if site.exercise else ExerciseDoor(parts, _behind(parts))
    app = _empty(parts, door)
    for add in ROUTES:
        add(app, parts)
    check_doors(app)
    if door is not None:
        app.mount(PATH, door)
    return app


def _empty(parts: Parts, door: ExerciseDoor | None) -> FastAPI:
    """The application without routes: how it starts and ends, how it fails, what every answer carries."""
    app = FastAPI(
        title=f"Yukimori {parts.site.name_en}",
        version="1",
        openapi_url="/openapi.json" if parts.settings.openapi else None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # such a redirect would repeat whatever host name the request claims
        lifespan=_lifespan(parts, door),
        # Nothing is measured for, or sent to, anyone outside; /metrics is the only teller.
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
    )
    app.state.parts = parts
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_error)
    app.add_exception_handler(YukimoriError, on_error)
    app.add_middleware(Failures, observe=parts.metrics.observe)
    app.add_middleware(SecurityHeaders, image_hosts=image_hosts(parts.site))
    return app


def _lifespan(parts: Parts, door: ExerciseDoor | None) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """What runs as long as the application is served: the poller; at the end every listener is let go."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        poller = Poller(parts.live, parts.settings, lambda: parts.hub.listeners > 0)
        poller.start()
        try:
            yield
        finally:
            parts.hub.close()
            poller.stop()
            if door is not None:
                door.close()

    return lifespan


def _behind(parts: Parts) -> Callable[[Site, Registry], FastAPI]:
    """Makes the application of an exercise's stand-in site: the same town, store and doors, other rows."""

    def create(site: Site, registry: Registry) -> FastAPI:
        return create_app(
            site,
            parts.store,
            registry,
            public_folder=parts.public_folder,
            staff_folder=parts.staff_folder,
            clock=parts.clock,
            settings=parts.settings,
            access=parts.access,
        )

    return create


def _parts(
    site: Site,
    store: Store,
    registry: Registry,
    public_folder: Path,
    staff_folder: Path | None,
    clock: Clock,
    settings: WebSettings,
    token: str | None,
) -> Parts:
    shapes = Shapes(site)
    token = token or secrets.token_hex(4)
    hub = Hub(Writer(shapes, token, settings.recent_alerts), clock=clock, settings=settings)

    live = Live(site, store, registry, clock=clock, settings=settings, on_change=hub.publish)
    doors, limiter = Doors(settings), Limiter(settings.requests_per_second, settings.requests_burst)
    return Parts(
        site=site,
        store=store,
        registry=registry,
        public_folder=public_folder,
        staff_folder=staff_folder or public_folder.with_name("staff"),
        clock=clock,
        settings=settings,
        token=token,
        shapes=shapes,
        live=live,
        hub=hub,
        doors=doors,
        limiter=limiter,
        metrics=Metrics(site, store, registry, live, hub, clock),
        sources=FeatureSources(public_folder / "layers"),
        access=Access(
            registry.site, store, clock, doors, limiter, keys=_keys(settings), staff_token=settings.staff_token
        ),
    )


def _keys(settings: WebSettings) -> AccountKeys:
    return AccountKeys.passing() if settings.account_keys is None else AccountKeys(settings.account_keys)
