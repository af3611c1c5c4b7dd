"""Whom a message goes to: the channels of the audiences chosen, and how many people each reaches."""

from __future__ import annotations

from collections.abc import Iterable

from alerts.channel import Book, Environment
from alerts.channels import discover
from alerts.residents.lifecycle import Counts
from alerts.settings import channel_settings
from config.model import ChannelConfig, Site
from config.people_plan import Audience
from core.errors import YukimoriError
from core.levels import Level


def resident_audiences(site: Site) -> tuple[Audience, ...]:
    """The audiences of residents of a site; those for exercises belong to an exercise alone."""
    return tuple(one for one in site.people.audiences if one.residents and one.exercise is site.exercise)


def channels_for(site: Site, audiences: Iterable[str], level: Level) -> dict[str, str]:
    """The channels a message of that level goes by, each once, with the audience it goes by there for.

    A channel that takes only higher levels, or is not of the same mode (live, exercise), is left out.
    """
    wanted = set(audiences)
    known = {channel.id: channel for channel in site.channels}
    found: dict[str, str] = {}
    for audience in resident_audiences(site):
        for name in audience.channels if audience.id in wanted else ():
            if name in known and _takes(known[name], site, level):
                found.setdefault(name, audience.id)
    return found


def _takes(channel: ChannelConfig, site: Site, level: Level) -> bool:
    return channel.exercise is site.exercise and level >= channel.min_level


def counts_of(site: Site, channels: Iterable[str], environment: Environment, book: Book) -> Counts:
    """How many people each channel reaches; None where it does not say, or cannot be asked now.

    ``book`` holds those who asked to be told.
    """
    known = {channel.id: channel for channel in site.channels}
    return {name: _count(known[name], environment, book) for name in sorted(channels)}


def _count(config: ChannelConfig, environment: Environment, book: Book) -> int | None:
    """A channel says itself how many it reaches; a list of recipients is counted."""
    try:
        settings, channel = channel_settings(config.kind, config.settings), discover()[config.kind]
        if channel.count_by_book is not None:
            return channel.count_by_book(settings, environment, config.id, book)
        if channel.count is not None:
            return channel.count(settings, environment)
    except YukimoriError:
        return None
    recipients = getattr(settings, "recipients", None)
    return None if recipients is None else len(recipients)
