"""The feed of alerts (Atom, RFC 4287): one entry an episode, updated with every step it takes, newest first.

It says what was observed; evacuation information is the municipality's. Addresses in it are relative to the feed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET

from config.model import Site
from core.times import parse_rfc3339
from maps.facts import Wording, station_name, value_text, wording
from maps.links import Links
from maps.shell import site_name, unit_sign

PATH = "alerts/feed.atom"
MEDIA_TYPE = "application/atom+xml; charset=utf-8"
CAP_TYPE = "application/cap+xml"
MOST_ENTRIES = 100

_ATOM = "http://www.w3.org/2005/Atom"
_XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FEEDS = UUID("0c8a3b0e-52a5-5d7c-9c51-3f0c5a6c1f4e")
"""Names our feeds: the id of a site's feed is made from it and the site's id, so it stays wherever the feed is moved."""

# Characters XML 1.0 cannot carry (section 2.2): names come from files people write.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

ET.register_namespace("", _ATOM)


def cap_path(episode: object) -> str:
    """Where the CAP message of an episode lies, from the root of the site, without the slash."""
    return f"alerts/{episode}.cap.xml"


def alerts_feed(site: Site, facts: Mapping[str, Any], links: Links) -> bytes:
    """The feed in Japanese. ``facts`` as ``web.alert_feed.feed_facts`` makes them; ``links`` those of a page that lies
    where the feed does. The same facts give the same bytes.
    """
    say = wording("ja", site.time_zone)
    feed = ET.Element(f"{{{_ATOM}}}feed", {_XML_LANG: "ja"})
    _text(feed, "id", f"urn:uuid:{uuid5(_FEEDS, site.id)}")
    _text(feed, "title", say.say("feed_title", site=site_name(site, "ja")))
    _text(feed, "subtitle", " ".join(part for part in (site.notice_ja, say.words["feed_subtitle"]) if part))
    episodes = sorted(facts["episodes"], key=lambda episode: (_updated(episode), episode["id"]), reverse=True)
    told = list(facts.get("announcements", ()))
    newest = [_updated(episode) for episode in episodes[:1]] + [one["sent_at"] for one in told[:1]]
    _text(feed, "updated", max(newest, default=facts["since"]))
    _text(ET.SubElement(feed, f"{{{_ATOM}}}author"), "name", say.say("feed_author", site=site_name(site, "ja")))
    _link(feed, "self", links.resource(PATH), "application/atom+xml")
    _link(feed, "alternate", links.page("/list", "ja"), "text/html")
    for one in told:
        _announcement(feed, one, say, links)
    for episode in episodes[:MOST_ENTRIES]:
        _entry(feed, episode, say, links)
    ET.indent(feed)
    written: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _entry(feed: ET.Element, episode: Mapping[str, Any], say: Wording, links: Links) -> None:
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    _text(entry, "id", f"urn:uuid:{episode['id']}")
    _text(entry, "title", _title(episode, say))
    _text(entry, "published", episode["steps"][0]["detected_at"])
    _text(entry, "updated", _updated(episode))
    if episode["place"]:
        _link(entry, "alternate", links.page(f"/station/{episode['station']}", "ja"), "text/html")
    if episode.get("cap"):
        _link(entry, "alternate", links.resource(cap_path(episode["id"])), CAP_TYPE)
    ET.SubElement(entry, f"{{{_ATOM}}}category", {"term": episode["level"], "label": _level(episode["level"], say)})
    _text(entry, "content", _content(episode, say))


def _announcement(feed: ET.Element, told: Mapping[str, Any], say: Wording, links: Links) -> None:
    """What the town has told its residents, with the state it is in; the newest word of a message replaces those before."""
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    mark = say.words["announcement_in_force" if told["in_force"] else "announcement_over"]
    _text(entry, "id", f"urn:uuid:{told['id']}")
    _text(entry, "title", f"【{mark}】{told['ja']['subject']}")
    _text(entry, "published", told["first_sent_at"])
    _text(entry, "updated", told["sent_at"])
    _link(entry, "alternate", links.resource(cap_path(told["id"])), CAP_TYPE)
    ET.SubElement(entry, f"{{{_ATOM}}}category", {"term": "announcement", "label": say.words["announcements"]})
    _text(entry, "content", "\n\n".join(told[language]["text"] for language in ("ja", "easy", "en")))


def _title(episode: Mapping[str, Any], say: Wording) -> str:
    ended = "closed_at" in episode
    mark = say.words["feed_ended"] if ended else _level(episode["level"], say)
    name = "・".join(station_name(place, "ja") for place in episode["places"]) or episode["station"]
    doubt = "" if ended or not episode["unconfirmed"] else f"（{say.words['unconfirmed']}）"
    made_up = f"（{say.words['fictitious']}）" if _made_up(episode) else ""
    return f"【{mark}】{name} {episode['title_ja']}{doubt}{made_up}"


def _made_up(episode: Mapping[str, Any]) -> bool:
    return any(place["fictitious"] for place in episode["places"])


def _content(episode: Mapping[str, Any], say: Wording) -> str:
    """The steps so far, one a line, then what kind of information this is."""
    lines = [f"{say.exact(parse_rfc3339(step['at']))} {_step(step, episode, say)}" for step in episode["steps"]]
    if episode["stale"]:
        lines.append(say.words["stale_alert"])
    if _made_up(episode):
        lines.append(say.words["feed_fictitious"])
    return "\n".join([*lines, say.words["feed_observed"]])


def _step(step: Mapping[str, Any], episode: Mapping[str, Any], say: Wording) -> str:
    level = _level(step["level"], say) if step["level"] else ""
    key = f"feed_step_{step['kind']}"
    sentence = say.say(key if key in say.words else "feed_step_other", level=level)
    sentence += f"（{say.words['unconfirmed']}）" if step["unconfirmed"] else ""
    if step["value"] is None:
        return sentence
    return f"{sentence}（{value_text(episode['quantity'], step['value'])} {unit_sign(episode['unit'])}）"


def _level(slug: str, say: Wording) -> str:
    return say.words[f"level_{slug}"]


def _updated(episode: Mapping[str, Any]) -> str:
    """When the entry last changed: the newest step, by when it was noticed (RFC 3339 in UTC, so it sorts as text)."""
    return max(str(step["detected_at"]) for step in episode["steps"])


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = _NOT_XML.sub("\ufffd", text)


def _link(parent: ET.Element, rel: str, href: str, media_type: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "type": media_type, "href": href})
