import pytest

ADDRESSES = {
    "/": 200,
    "/en/": 200,
    "/en": 308,
    "/list": 200,
    "/station/bridge": 200,
    "/map.js": 200,
    "/static/vendor/leaflet.js": 200,
    "/layers/shelters.geojson": 200,
    "/layers/depth.pmtiles": 200,
    "/api/stations": 200,
    "/api/stations/bridge/series": 200,
    "/api/stations/bridge/series.csv": 200,
    "/api/vehicles": 200,
    "/ogc": 200,
    "/ogc/collections/stations/items": 200,
    "/opendata/": 200,
    "/opendata/latest.csv": 200,
    "/api/alerts": 200,
    "/healthz": 200,
    "/readyz": 503,
    "/metrics": 200,
    "/nothing": 404,
    "/api/stations?x=1": 400,
    "/openapi.json": 404,
    "/docs": 404,
    "/redoc": 404,
}
OPEN = ("/api/stations", "/api/vehicles", "/api/roads", "/api/alerts", "/layers/", "/ogc", "/opendata/")


@pytest.mark.parametrize(("path", "status"), ADDRESSES.items())
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_security_headers_everywhere(quiet, path, status, method):
    answer = quiet.request(method, path)
    assert answer.status_code == status
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in sources or "http" in sources or "*" in sources for sources in policy.values())
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "strict-origin-when-cross-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert "cache-control" in answer.headers or status == 308
    assert ("access-control-allow-origin" in answer.headers) is path.startswith(OPEN)
    assert method == "GET" or answer.content == b""


@pytest.mark.parametrize("path", ["/", "/api/stations", "/static/vendor/leaflet.js", "/healthz", "/api/stream"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_only_reading_is_known(quiet, path, method):
    answer = quiet.request(method, path, headers={"X-HTTP-Method-Override": "GET"})
    assert answer.status_code == 405
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert "access-control-allow-origin" not in answer.headers


def test_trace_is_refused_even_where_nothing_is(quiet):
    assert quiet.request("TRACE", "/nothing").status_code == 405


def test_told_to_stay_with_https_only_by_a_believed_proxy(serve):
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
    believing = serve(proxies="127.0.0.1").get("/", headers=forwarded)
    doubting = serve().get("/", headers=forwarded)
    assert "strict-transport-security" in believing.headers
    assert "strict-transport-security" not in doubting.headers
