import pytest
from starlette.requests import Request

from web import WebSettings
from web.doors import MOST_REMEMBERED, Doors, Limiter


def request(host, **headers):
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "client": (host, 1) if host else None, "headers": pairs})


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("::ffff:192.168.1.9", True),
        ("fd00::7", True),
        ("203.0.113.9", False),
        ("::ffff:203.0.113.9", False),
        ("2001:db8::1", False),
        ("testclient", False),
        ("", False),
        (None, False),
    ],
)
def test_who_belongs_to_the_house(host, inside):
    assert Doors(WebSettings()).is_inside(request(host)) is inside


@pytest.mark.parametrize("header", ["x_forwarded_for", "forwarded", "x_real_ip"])
def test_forwarded_by_somebody_unknown_is_outside(header, caplog):
    doors = Doors(WebSettings())
    assert not doors.is_inside(request("127.0.0.1", **{header: "127.0.0.1"}))
    assert not doors.is_inside(request("127.0.0.1", **{header: "127.0.0.1"}))
    assert caplog.text.count("through a proxy that is not configured") == 1


def test_forwarded_by_a_known_proxy_is_where_it_says():
    doors = Doors(WebSettings(proxies="127.0.0.1"))
    assert doors.is_inside(request("10.0.0.8", x_forwarded_for="10.0.0.8"))
    assert not doors.is_inside(request("203.0.113.9", x_forwarded_for="203.0.113.9"))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:aaaa::1", "2001:0db8:0001:0002"),
        ("2001:db8:1:2:bbbb::2", "2001:0db8:0001:0002"),
        ("strange", "strange"),
        (None, ""),
    ],
)
def test_one_caller_one_address(host, address):
    assert Doors(WebSettings()).address(request(host)) == address


def test_bucket_fills_again():
    now = [0.0]
    limiter = Limiter(2.0, 3, monotonic=lambda: now[0])
    assert [limiter.wait_s("a") for _ in range(3)] == [0.0, 0.0, 0.0]
    assert limiter.wait_s("a") == 0.5
    assert limiter.wait_s("b") == 0.0
    now[0] = 0.5
    assert limiter.wait_s("a") == 0.0
    assert limiter.wait_s("a") > 0


def test_addresses_without_end_do_not_fill_the_memory():
    limiter = Limiter(1.0, 1, monotonic=lambda: 0.0)
    for n in range(MOST_REMEMBERED + 100):
        limiter.wait_s(str(n))
    assert len(limiter._buckets) == MOST_REMEMBERED
