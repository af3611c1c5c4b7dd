import gzip

import pytest

from maps import STATIC

TILES = "/layers/depth.pmtiles"
BODY = bytes(range(256)) * 40
SCRIPT = "/static/vendor/leaflet.js"


@pytest.mark.parametrize(
    ("given", "status", "expected"),
    [
        ("bytes=0-9", 206, BODY[:10]),
        ("bytes=10239-", 206, BODY[-1:]),
        ("bytes=-5", 206, BODY[-5:]),
        ("bytes=10000-99999", 206, BODY[10000:]),
        ("bytes=5-5", 206, BODY[5:6]),
        ("bytes=9-1", 200, BODY),
        ("bytes=0-1,5-6", 200, BODY),
        ("bytes=a-b", 200, BODY),
        ("bytes=", 200, BODY),
        ("bytes=-", 200, BODY),
        ("lines=0-1", 200, BODY),
        ("bytes=１-２", 200, BODY),
        ("nonsense", 200, BODY),
    ],
)
def test_range(quiet, given, status, expected):
    answer = quiet.get(TILES, headers={"Range": given.encode()})
    assert (answer.status_code, answer.content) == (status, expected)
    assert answer.headers["accept-ranges"] == "bytes"
    if status == 206:
        start = BODY.index(expected) if len(expected) > 5 else None
        assert answer.headers["content-range"].endswith("/10240")
        assert start is None or answer.headers["content-range"].startswith(f"bytes {start}-") or start < 256


@pytest.mark.parametrize("given", ["bytes=10240-", "bytes=10240-10241", "bytes=999999-", "bytes=-0"])
def test_range_outside(quiet, given):
    answer = quiet.get(TILES, headers={"Range": given})
    assert answer.status_code == 416
    assert answer.headers["content-range"] == "bytes */10240"
    assert answer.headers["content-type"] == "application/problem+json"


def test_range_of_another_version_gets_the_whole(quiet):
    etag = quiet.head(TILES).headers["etag"]
    part = quiet.get(TILES, headers={"Range": "bytes=0-9", "If-Range": etag})
    whole = quiet.get(TILES, headers={"Range": "bytes=0-9", "If-Range": '"old"'})
    assert (part.status_code, whole.status_code) == (206, 200)


def test_tiles_known_are_not_sent_again(quiet):
    first = quiet.get(TILES)
    assert first.headers["content-type"] == "application/vnd.pmtiles"
    assert "content-encoding" not in first.headers
    again = quiet.get(TILES, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_republished_tiles_get_a_new_tag(client, public_folder):
    first = client.get(TILES).headers["etag"]
    (public_folder / "layers" / "depth.pmtiles").write_bytes(BODY + b"more")
    assert client.get(TILES).headers["etag"] != first


def test_layer_as_geojson(client, public_folder):
    answer = client.get("/layers/shelters.geojson")
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.content == (public_folder / "layers" / "shelters.geojson").read_bytes()


def test_layer_written_anew_is_served_anew(client, public_folder):
    client.get("/layers/shelters.geojson")
    (public_folder / "layers" / "shelters.geojson").write_text('{"type":"FeatureCollection","features":[]}')
    assert client.get("/layers/shelters.geojson").json()["features"] == []


def test_static_file_with_its_version_is_kept_for_ever(quiet):
    assert "immutable" in quiet.get(f"{SCRIPT}?v=1").headers["cache-control"]
    assert quiet.get(SCRIPT).headers["cache-control"] == "no-cache"


def test_static_file_is_compressed(quiet):
    with quiet.stream("GET", SCRIPT, headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw) == (STATIC / "vendor" / "leaflet.js").read_bytes()
    assert len(raw) < (STATIC / "vendor" / "leaflet.js").stat().st_size / 2


@pytest.mark.parametrize(
    "path",
    [
        "/static/../page.py",
        "/static/%2e%2e/page.py",
        "/static/..%2fpage.py",
        "/static/%252e%252e/page.py",
        "/static/vendor/..%5c..%5cpage.py",
        "/static//etc/passwd",
        "/static/%00",
        "/static/vendor/leaflet.js%00.png",
        "/static/%c0%ae%c0%ae/page.py",
        "/static/．．/page.py",
        "/static/vendor",
        "/static/vendor/",
        "/static/",
        "/static/js/nothing.js",
        "/static/.hidden.js",
        "/layers/../secret.json",
        "/layers/%2e%2e%2fsecret.json",
        "/layers/nothing.geojson",
        "/layers/'; drop table x; --.geojson",
        "/layers/" + "a" * 300 + ".geojson",
    ],
)
def test_nothing_outside_the_folder(quiet, path):
    # httpx tidies dots away, so the address is sent as it stands
    request = quiet.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode() if path.isascii() else b"/static/" + b"%ef%bc%8e" * 2)
    answer = quiet.send(request)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_link_out_of_the_folder_is_not_followed(client, public_folder):
    (public_folder / "layers" / "out.json").symlink_to(public_folder / "secret.json")
    assert client.get("/layers/out.json").status_code == 404


def test_only_known_kinds_of_files(client, public_folder):
    (public_folder / "layers" / "notes.html").write_text("<script>alert(1)</script>")
    assert client.get("/layers/notes.html").status_code == 404
