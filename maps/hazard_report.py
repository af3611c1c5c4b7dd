"""A hazard report: the facts at a point put into the words of one register.

Pure: facts (``maps/hazard_facts.py``) and a words document (``maps/hazard_document.py``) in, one plain document out,
which the page, the interface and the map's sheet show. ``static/js/hazard_report.js`` follows the same rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.times import parse_rfc3339

Json = dict[str, Any]


def hazards_told(words: Mapping[str, Any]) -> list[str]:
    """The hazards a report of this site tells of: those of its layers, and those every snowy municipality knows."""
    own = [hazard for layer in words["layers"] for hazard in layer["hazards"]]
    return [hazard for hazard in words["hazards"] if hazard in own or hazard in words["own_hazards"]]


def report(facts: Mapping[str, Any], words: Mapping[str, Any]) -> Json:
    """The report without gauges: place, general sentences, and one part per hazard, those found here first."""
    say = words["sentences"]
    outside = facts["inside"] is False
    parts = [] if outside else [_hazard(hazard, facts, words) for hazard in hazards_told(words)]
    found = [part for part in parts if part["found"]]
    place = {"lat": f"{facts['lat']:.6f}", "lon": f"{facts['lon']:.6f}"}
    notes = [] if outside or words["layers"] else [say["no_layers"]]
    return {
        "lon": facts["lon"],
        "lat": facts["lat"],
        "register": words["register"],
        "inside": facts["inside"],
        "place": say["place"].format(**place),
        "where": "" if facts["inside"] is None else say["outside" if outside else "inside"].format(site=words["site"]),
        "official": [text for text in (say["official"].format(site=words["site"]), words["contact"]) if text],
        "notes": notes + ([] if outside else [say["general"], say["accuracy"], say["shelters_note"]]),
        "labels": {
            "advice": say["advice_title"],
            "sources": say["sources_title"],
            "fictitious": say["fictitious"],
            "gauges": say["gauges_title"],
            "gauges_note": say["gauges_note"],
            "gauges_stale": say["gauges_stale"],
        },
        "hazards": found + [part for part in parts if not part["found"]],
    }


def _hazard(hazard: str, facts: Mapping[str, Any], words: Mapping[str, Any]) -> Json:
    say, about = words["sentences"], words["hazards"][hazard]
    by_id = {layer["id"]: layer for layer in words["layers"]}
    layers = [
        _layer(here, by_id[here["id"]], words)
        for here in facts["layers"]
        if here["hazard"] == hazard and here["id"] in by_id
    ]
    shelters = [_shelter(shelter, by_id, words) for shelter in facts["shelters"].get(hazard, [])]
    return {
        "hazard": hazard,
        "title": about["title"],
        "found": any(layer["state"] in ("found", "unknown", "nearby") for layer in layers),
        "summary": "" if any(layer["state"] != "not_assessed" for layer in layers) else _summary(layers, say),
        "layers": layers,
        "no_layer": "" if layers else say["no_layer"],
        "advice": _advice(layers, about, say),
        "advice_source": say["advice_source"].format(source=about["source"]) if about["source"] else "",
        "shelters_title": say["shelters_title"].format(hazard=about["title"]),
        "shelters": shelters,
        "no_shelters": "" if shelters else _no_shelters(hazard, about["title"], words),
    }


def _summary(layers: Sequence[Json], say: Mapping[str, str]) -> str:
    """The one line of a hazard nothing is known of here: the rest may be folded behind it."""
    return say["not_assessed"] if layers else say["no_layer"]


def _advice(layers: Sequence[Json], about: Mapping[str, Any], say: Mapping[str, str]) -> list[str]:
    """The advice of the gravest class of each kind of map, each sentence once; the general words where there is none.

    Of two scenarios of one kind only the graver speaks: milder words beside it would take it back.
    """
    gravest: dict[str, Json] = {}
    for layer in layers:
        known = gravest.get(layer["kind"])
        if layer["gravest"] is not None and (known is None or layer["gravest"] > known["gravest"]):
            gravest[layer["kind"]] = layer
    own = [sentence for layer in gravest.values() for sentence in layer["advice"]]
    return list(dict.fromkeys(own)) or list(about["general"]) or [say["none_advice"]]


def _no_shelters(hazard: str, title: str, words: Mapping[str, Any]) -> str:
    key = "no_shelters_own" if hazard in words["own_hazards"] else "no_shelters"
    return str(words["sentences"][key].format(hazard=title, site=words["site"]))


def _layer(here: Mapping[str, Any], about: Mapping[str, Any], words: Mapping[str, Any]) -> Json:
    say = words["sentences"]
    found, nearby = here["found"], here["nearby"]
    near = [
        {
            "code": area["code"],
            "rank": area["rank"],
            "distance_m": near_metres(area["distance_m"]),
            "text": say["nearby"].format(metres=near_metres(area["distance_m"]), label=_label(about, area["code"])),
        }
        for area in nearby
    ]
    others = list(dict.fromkeys(_label(about, area["code"]) for area in found[1:] if area["code"] != found[0]["code"]))
    gravest = max([*found, *nearby], key=lambda area: area["rank"], default=None)
    return {
        "layer": about["id"],
        "kind": about["kind"],
        "title": about["title"],
        "fictitious": about["fictitious"],
        "state": "failed" if here["failed"] else _state(found, nearby),
        "code": found[0]["code"] if found else None,
        "rank": found[0]["rank"] if found else None,
        "gravest": gravest["rank"] if gravest else None,
        "text": say["layer_failed"] if here["failed"] else _text(found, about, say),
        "details": _details(found[0]["properties"], about, words) if found else [],
        "also": say["here_too"].format(labels="、".join(others)) if others else "",
        "nearby": near,
        "advice": [] if gravest is None else _class_advice(about, gravest["code"], here["hazard"]),
        "source": say["source"].format(credit=about["credit"]),
        "date": say["data_date"].format(date=about["date"]) if about["date"] else "",
        "source_url": about["source_url"],
        "note": about["note"],
    }


def _state(found: Sequence[Any], nearby: Sequence[Any]) -> str:
    if not found:
        return "nearby" if nearby else "not_assessed"
    return "found" if found[0]["rank"] > 0 else "unknown"


def _text(found: Sequence[Mapping[str, Any]], about: Mapping[str, Any], say: Mapping[str, str]) -> str:
    if not found:
        return say["not_assessed"]
    return _label(about, found[0]["code"]) if found[0]["rank"] > 0 else say["class_unknown"]


def _label(about: Mapping[str, Any], code: str) -> str:
    entry = about["classes"].get(code)
    return str(entry["label"]) if entry else code


def _class_advice(about: Mapping[str, Any], code: str, hazard: str) -> list[str]:
    entry = about["classes"].get(code) or about["classes"].get("unknown")
    return list(entry["advice"][hazard]) if entry else []


def _details(properties: Mapping[str, Any], about: Mapping[str, Any], words: Mapping[str, Any]) -> list[Json]:
    """The properties people read, but for those the class itself says."""
    label = _label(about, str(properties["code"])) if words["register"] != "easy" else ""
    texts = [(column["label"], properties.get(column["property"])) for column in about["columns"]]
    return [{"label": name, "text": str(text)} for name, text in texts if text is not None and str(text) not in label]


def _shelter(shelter: Mapping[str, Any], layers: Mapping[str, Any], words: Mapping[str, Any]) -> Json:
    say, state = words["sentences"], shelter["state"]
    area, elevation = shelter["inside"], shelter["elevation_m"]
    return {
        "id": shelter["id"],
        "name": shelter["name"],
        "address": shelter["address"],
        "lon": shelter["lon"],
        "lat": shelter["lat"],
        "distance_m": half_up(shelter["distance_m"]),
        "distance": distance_text(shelter["distance_m"], say),
        "direction": direction_text(shelter["direction_deg"], words),
        "elevation_m": elevation,
        "elevation": say["elevation_unknown"]
        if elevation is None
        else say["elevation"].format(metres=half_up(elevation)),
        "status": state["status"] if state else None,
        "state": state_text(state, words),
        "stay": say["same_facility"].format(state=state_text(shelter["stay"], words)) if shelter["stay"] else "",
        "note": "" if not state else state["note_en" if words["language"] == "en" else "note_ja"] or state["note_ja"],
        "inside": _inside_text(area, layers, say) if area else "",
    }


def _inside_text(area: Mapping[str, str], layers: Mapping[str, Any], say: Mapping[str, str]) -> str:
    about = layers[area["layer"]]
    return say["shelter_inside"].format(layer=about["title"], label=_label(about, area["code"]))


def state_text(state: Mapping[str, Any] | None, words: Mapping[str, Any]) -> str:
    """What is said of a shelter, with people, capacity and the time it was true; that nothing is said where so."""
    say = words["sentences"]
    if state is None:
        return str(say["shelter_unknown"])
    parts = [say[f"shelter_{state['status']}"]]
    parts += [say[key].format(**{key: state[key]}) for key in ("people", "capacity") if state[key] is not None]
    parts.append(say["shelter_as_of"].format(time=moment(parse_rfc3339(state["at"]), words["time_zone"])))
    return (", " if words["register"] == "en" else "、").join(parts)


def moment(at: datetime, time_zone: str) -> str:
    """Day, hours and minutes at the site."""
    return f"{at.astimezone(ZoneInfo(time_zone)):%m-%d %H:%M}"


def half_up(number: float) -> int:
    """The nearest whole number, halves upward: as the browser rounds."""
    return math.floor(number + 0.5)


def near_metres(metres: float) -> int:
    """A short distance to the next 5 m, at least 5: the areas' edges are no more exact."""
    return max(5, 5 * half_up(metres / 5))


def distance_text(metres: float, say: Mapping[str, str]) -> str:
    """A straight-line distance to 10 m, from 1 km on to 0.1 km."""
    if metres < 10:
        return say["distance_near"]
    if metres < 995:
        return say["distance_m"].format(metres=10 * half_up(metres / 10))
    tenths = half_up(metres / 100)
    return say["distance_km"].format(km=f"{tenths // 10}.{tenths % 10}")


def direction_text(degrees: float, words: Mapping[str, Any]) -> str:
    """The nearest of the eight directions."""
    return str(words["directions"][half_up(degrees / 45) % 8])
