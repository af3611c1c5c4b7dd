"""The interface described by itself: an OpenAPI 3.0 document, each collection with the properties it can be asked by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gis.axes import CRS84
from maps import Language
from web.ogc.asking import ITEMS_PARAMETERS, MOST_AT_ONCE, USUAL_LIMIT
from web.ogc.collections import About
from web.ogc.documents import GEOJSON, HTML, JSON, OPENAPI, Places

Json = dict[str, Any]

_PROBLEM = "application/problem+json"
_TEXT: Json = {"type": "string"}
_LINK: Json = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {"href": _TEXT, "rel": _TEXT, "type": _TEXT, "title": _TEXT},
}
_LINKS: Json = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
_COLLECTION: Json = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        **dict.fromkeys(("id", "title", "description", "attribution", "licence", "credit", "date"), _TEXT),
        "fictitious": {"type": "boolean"},
        "links": _LINKS,
        "extent": {"type": "object"},
        "crs": {"type": "array", "items": _TEXT},
        "storageCrs": _TEXT,
    },
}
_FEATURE: Json = {
    "type": "object",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"oneOf": [_TEXT, {"type": "integer"}]},
        "geometry": {"type": "object"},
        "properties": {"type": "object"},
        "links": _LINKS,
    },
}
_SCHEMAS: Json = {
    "link": _LINK,
    "landingPage": {"type": "object", "required": ["links"], "properties": {"title": _TEXT, "links": _LINKS}},
    "confClasses": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
    },
    "collection": _COLLECTION,
    "collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "collections": {"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
        },
    },
    "featureGeoJSON": _FEATURE,
    "featureCollectionGeoJSON": {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": "#/components/schemas/featureGeoJSON"}},
            "links": _LINKS,
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
        },
    },
    "problem": {
        "type": "object",
        "properties": {"type": _TEXT, "title": _TEXT, "status": {"type": "integer"}, "detail": _TEXT, "id": _TEXT},
    },
}


def openapi(
    title: str, abouts: Iterable[tuple[About, Mapping[str, str]]], places: Places, systems: Iterable[str]
) -> Json:
    """The description; each collection comes with its queryables and their types."""
    paths: Json = {
        "/": _get("landingPage", "getLandingPage", JSON, "landingPage"),
        "/conformance": _get("confClasses", "getConformance", JSON, "conformance"),
        "/api": _get(None, "getApi", OPENAPI, "this document"),
        "/collections": _get("collections", "getCollections", JSON, "collections"),
    }
    for about, types in abouts:
        paths |= _paths(about, types, places.language)
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": "1"},
        "servers": [{"url": places.root}],
        "paths": paths,
        "components": {"schemas": _SCHEMAS, "parameters": _parameters(list(systems))},
    }


def _paths(about: About, types: Mapping[str, str], language: Language) -> Json:
    title = about.title_ja if language == "ja" else about.title_en
    base = f"/collections/{about.id}"
    number = {"name": "featureId", "in": "path", "required": True, "schema": _TEXT}
    queried = [
        {"name": name, "in": "query", "required": False, "schema": {"type": kind}, "description": "equal to"}
        for name, kind in types.items()
        if name not in ITEMS_PARAMETERS
    ]
    common = [_reference(name) for name in ITEMS_PARAMETERS if name != "f"]
    key = about.id.replace("-", "_")
    return {
        base: _get("collection", f"describe_{key}", JSON, title),
        f"{base}/items": _get("featureCollectionGeoJSON", f"get_{key}", GEOJSON, title, [*common, *queried]),
        f"{base}/items/{{featureId}}": _get(
            "featureGeoJSON", f"get_{key}_one", GEOJSON, title, [number, _reference("crs")]
        ),
    }


def _get(schema: str | None, name: str, type_: str, summary: str, parameters: Iterable[Json] = ()) -> Json:
    form: Json = {"type": "object"} if schema is None else {"$ref": f"#/components/schemas/{schema}"}
    problem = {"content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}}
    refusals = {"400": "A parameter is unknown, repeated or not understood", "404": "There is no such thing"}
    if "items" in summary or schema == "featureCollectionGeoJSON":
        refusals["409"] = "The layer was published anew between two pages"
    return {
        "get": {
            "summary": summary,
            "operationId": name,
            "parameters": [*parameters, _reference("f")],
            "responses": {
                "200": {"description": summary, "content": {type_: {"schema": form}, HTML: {"schema": _TEXT}}},
                **{status: {"description": words, **problem} for status, words in refusals.items()},
                "default": {"description": "A refusal or a failure", **problem},
            },
        }
    }


def _reference(name: str) -> Json:
    return {"$ref": f"#/components/parameters/{name}"}


def _parameters(systems: list[str]) -> Json:
    uri: Json = {"type": "string", "format": "uri", "enum": systems, "default": CRS84}
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}
    whole = {"type": "integer", "minimum": 0, "default": 0}
    most = {"type": "integer", "minimum": 1, "maximum": MOST_AT_ONCE, "default": USUAL_LIMIT}
    return {
        "bbox": _query("bbox", numbers, "low corner, high corner; six numbers with heights", explode=False),
        "bbox-crs": _query("bbox-crs", uri, "coordinate system of bbox"),
        "crs": _query("crs", uri, "coordinate system of the answer"),
        "datetime": _query("datetime", _TEXT, "RFC 3339 time, or interval with / (.. is open)"),
        "edition": _query("edition", _TEXT, "as given in next links: refuses to mix two editions of a layer"),
        "f": _query("f", {"type": "string", "enum": ["json", "html"]}, "wins over Accept"),
        "limit": _query("limit", most, "how many features at most"),
        "offset": _query("offset", whole, "how many features to leave out"),
    }


def _query(name: str, schema: Json, words: str, **more: Any) -> Json:
    style = {"style": "form", **more} if more else {}
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": words, **style}
