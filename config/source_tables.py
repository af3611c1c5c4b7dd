"""Reads ``[[sources]]`` of ``site.toml``: the topics a site listens to, and the codecs that read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from config import values
from config.fields import Table
from config.known import Known
from config.mistakes import WrongValueError, shown
from config.model import Source


def read_sources(top: Table, known: Known) -> tuple[Source, ...]:
    """The sources in the order of the file; a site without any is a mistake."""
    sources: list[Source] = []
    for table in top.tables("sources"):
        source = _source(table, known)
        if source.topic and source.topic in [other.topic for other in sources]:
            table.mistake("topic", f"the topic {shown(source.topic)} is listed twice", "one codec reads a topic")
        table.finish()
        sources.append(source)
    if not sources and top.found("sources") in (None, []):
        top.mistake("sources", "the site listens to nothing", "add [[sources]] with topic and codec")
    return tuple(sources)


def _source(table: Table, known: Known) -> Source:
    source = Source(
        topic=table.need("topic", topic_filter, ""),
        codec=table.need("codec", values.any_text_or(known.codecs, "a codec"), ""),
        naive_time_zone=table.may("naive_time_zone", values.time_zone, None),
        settings=table.may("settings", settings, {}),
        test=table.may("test", values.flag, default=False),
    )
    refuse_secrets(table, source.settings)
    if source.codec and known.check_codec_settings is not None:
        try:
            known.check_codec_settings(source.codec, source.settings)
        except ValueError as wrong:
            message = " ".join(str(wrong).split()) or "the codec refuses them"
            table.mistake("settings", f"codec {source.codec}: {message}", "see docs/sensors.md")
    return source


def topic_filter(value: object) -> str:
    """An MQTT topic filter: ``+`` stands alone in its level, ``#`` alone in the last."""
    found = values.text(value)
    levels = found.split("/")
    if "" in levels:
        raise WrongValueError(
            f"the topic {shown(found)} has an empty level", "no / at the beginning, at the end or twice"
        )
    if any("#" in level for level in levels[:-1]) or ("#" in levels[-1] and levels[-1] != "#"):
        raise WrongValueError(f"the topic {shown(found)} has # in the wrong place", "# stands alone, at the end")
    if any("+" in level and level != "+" for level in levels):
        raise WrongValueError(f"the topic {shown(found)} has + inside a level", "+ stands alone between two /")
    if levels[0] == "$share" and len(levels) < 3:
        raise WrongValueError(f"the topic {shown(found)} is not complete", "write $share/GROUP/TOPIC")
    return found


def settings(value: object) -> Mapping[str, Any]:
    """A table whose keys belong to somebody else: the kind of channel, or the codec, checks them."""
    if not isinstance(value, dict):
        raise WrongValueError(f"expected a table, found {values.kind_of(value)}", "write settings = { key = value }")
    return value


_SECRETS = ("password", "passwd", "secret", "token", "api_key", "apikey", "private_key")


def refuse_secrets(table: Table, given: Mapping[str, Any]) -> None:
    """Note every setting that holds a secret instead of the name of the environment variable that does."""
    for key in given:
        if any(word in key.lower() for word in _SECRETS) and not key.lower().endswith("_env"):
            hint = f"write {key}_env = the name of the environment variable that holds it"
            table.mistake(f"settings.{key}", "a secret does not belong in this file", hint)
