"""``/print`` over HTTP: sheets in both languages, and strict reading of what is asked for."""

import pytest


@pytest.mark.parametrize(("path", "word"), [("/print", "避難所"), ("/en/print", "Shelters")])
def test_sheet_with_values_and_legend(lively, path, word):
    page = lively.get(path, params={"theme": "all", "ink": "mono", "paper": "a4"})
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'self'" in page.headers["content-security-policy"]
    for part in (word, "print-map", "print_a4.css", "ink-mono", "中央小学校"):
        assert part in page.text
    again = lively.get(
        path, params={"theme": "all", "ink": "mono", "paper": "a4"}, headers={"If-None-Match": page.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("bbox=140,38,141", "4つの数"),
        ("bbox=140,38,141,39,40", "4つの数"),
        ("bbox=NaN,38,141,39", "4つの数"),
        ("bbox=inf,38,141,39", "4つの数"),
        ("bbox=1e309,38,141,39", "4つの数"),
        ("bbox=１４０,38,141,39", "4つの数"),
        ("bbox=140%00,38,141,39", "4つの数"),
        ("bbox=140.5,38.5,140.3,38.7", "西は東より"),
        ("bbox=140.3,38.5,140.3,38.7", "西は東より"),
        ("bbox=10,10,20,20", "重なりません"),
        ("theme=fire", "theme は"),
        ("theme=%27;drop", "theme は"),
        ("paper=a0", "paper は"),
        ("ink=COLOUR", "ink は"),
        ("layers=nothing", "layers に"),
        ("layers=shelters,..%2f..%2fsecret", "layers に"),
        ("layers=" + "x" * 400, "layers に"),
        ("callback=x", "知らない項目"),
        ("paper=a3&paper=a4", "2回以上"),
    ],
)
def test_what_is_wrong_is_said(quiet, query, words):
    page = quiet.get(f"/print?{query}")
    assert page.status_code == 400
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    assert words in page.text
    assert "print-map" not in page.text
    english = quiet.get(f"/en/print?{query}")
    assert english.status_code == 400
    assert "This sheet cannot be made" in english.text


@pytest.mark.parametrize(
    "query",
    [
        "",
        "theme=&layers=&bbox=&paper=&ink=",
        "layers=shelters",
        "bbox=-180,-90,180,90",
        "bbox=140.4,38.6,140.400001,38.600001",
    ],
)
def test_what_is_asked_plainly_is_made(quiet, query):
    page = quiet.get(f"/print?{query}")
    assert page.status_code == 200
    assert "まだデータ" in page.text or "現在" in page.text
    assert len(page.content) < 200_000


def test_code_leads_to_the_towns_own_address_only(client, serve):
    assert "print-qr" not in client.get("/print", headers={"Host": "evil.example"}).text
    known = serve(public_address="https://yuki.example.jp/").get("/en/print").text
    assert "https://yuki.example.jp/en/" in known
    assert "print-qr" in known


def test_every_page_leads_to_it(quiet):
    for path in ("/", "/list"):
        assert 'href="/print"' in quiet.get(path).text
