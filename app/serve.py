"""The process that serves pages, API and stream."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace

from alerts import channel_settings
from app.account_key import serving_keys
from app.settings import Settings
from app.wiring import opened, read_site
from config.model import Site
from core.times import utc_now
from web import WebSettings, create_app, serve


def serve_web(settings: Settings, stop: threading.Event, *, host: str, port: int) -> None:
    """Serve until told to stop; raises ConfigError or StartError where that cannot begin."""
    site = read_site(settings)
    limits = WebSettings(
        proxies=settings.proxies,
        public_address=settings.public_address,
        staff_token=settings.checked_staff_token(),
        crew_secret=settings.checked_crew_secret(),
        channel_secrets=_channel_secrets(site, settings.environment),
    )
    with opened(settings, site) as (store, registry):
        limits = replace(limits, account_keys=serving_keys(settings, store, registry.site))
        app = create_app(
            site,
            store,
            registry,
            public_folder=settings.public,
            staff_folder=settings.staff,
            clock=utc_now,
            settings=limits,
        )
        serve(app, host, port, stop=stop)


def _channel_secrets(site: Site, environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets the site's channels name, and nothing else of the environment."""
    names = (
        name
        for channel in site.channels
        for name in channel_settings(channel.kind, channel.settings).secret_names
        if name in environment
    )
    return {name: environment[name] for name in names}
