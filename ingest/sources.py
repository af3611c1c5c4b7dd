"""Which codec reads a topic: the list of sources in ``site.toml``, first match wins."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from config.model import Limits, Source
from core.errors import DecodeError
from ingest.messages import Codec, CodecOptions, Decoded, Message

REMEMBERED = 20_000


class SourceTable:
    """The sources of a site. Answers are remembered, up to a bound: topics come from outside."""

    def __init__(self, sources: Sequence[Source], limits: Limits, codecs: Mapping[str, Codec]) -> None:
        self._patterns = [
            (topic_pattern(source.topic), _reader(source, limits, codecs[source.codec])) for source in sources
        ]
        self._remembered: dict[str, tuple[Codec, CodecOptions]] = {}

    def find(self, topic: str) -> tuple[Codec, CodecOptions]:
        """The codec and its options for a topic; raises DecodeError ``no-codec``."""
        found = self._remembered.get(topic)
        return found if found is not None else self._search(topic)

    def _search(self, topic: str) -> tuple[Codec, CodecOptions]:
        for pattern, found in self._patterns:
            if pattern.fullmatch(topic):
                if len(self._remembered) >= REMEMBERED:
                    self._remembered.clear()
                self._remembered[topic] = found
                return found
        raise DecodeError("no-codec", f"no source in site.toml listens to {topic[:200]!r}")


def _reader(source: Source, limits: Limits, codec: Codec) -> tuple[Codec, CodecOptions]:
    options = CodecOptions.of(source, limits, codec)
    return (Codec(codec.name, _set_aside_as_test) if source.test else codec), options


def _set_aside_as_test(_message: Message, topic: str, _options: CodecOptions) -> Sequence[Decoded]:
    raise DecodeError("simulated", f"{topic[:200]!r} is a topic for tests")


def topic_pattern(topic_filter: str) -> re.Pattern[str]:
    """A regular expression that matches what an MQTT topic filter matches (MQTT 5.0, section 4.7).

    A shared subscription ``$share/group/filter`` matches as its filter does.
    """
    if topic_filter.startswith("$share/"):
        topic_filter = topic_filter.split("/", 2)[2]
    levels = topic_filter.split("/")
    parts = ["[^/]*" if level == "+" else re.escape(level) for level in levels if level != "#"]
    if levels[-1] == "#":
        return re.compile("/".join(parts) + ("(?:/.*)?" if parts else ".*"), re.DOTALL)
    return re.compile("/".join(parts), re.DOTALL)
