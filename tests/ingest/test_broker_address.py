"""Where a broker is, as an address says it; what is none is refused in one line that shows no password."""

from __future__ import annotations

import pytest

from core.broker_address import BrokerAddress
from core.errors import StartError


@pytest.mark.parametrize(
    ("url", "shown", "tls", "user", "password"),
    [
        ("mqtt://broker", "broker:1883", False, None, None),
        ("mqtts://broker", "broker:8883", True, None, None),
        ("mqtts://town:p%40ss@broker:18883", "broker:18883", True, "town", "p@ss"),
        ("mqtt://[2001:db8::1]:1884", "[2001:db8::1]:1884", False, None, None),
    ],
)
def test_what_an_address_says(url, shown, tls, user, password):
    address = BrokerAddress.parse(url)
    assert (str(address), address.tls, address.username, address.password) == (shown, tls, user, password)


@pytest.mark.parametrize(
    "url", ["", "http://broker", "mqtt://", "mqtt://broker:99999", "mqtt://broker:port", "mqtt://[::1", "broker:1883"]
)
def test_what_is_no_address(url):
    with pytest.raises(StartError, match="is not a broker address") as caught:
        BrokerAddress.parse(url)
    assert "mqtt://host:1883" in caught.value.hint


@pytest.mark.parametrize("url", ["mqt://town:geheim@broker", "mqtt://town:geheim@broker:99999"])
def test_a_refusal_shows_no_password(url):
    with pytest.raises(StartError, match="broker") as caught:
        BrokerAddress.parse(url)
    assert "geheim" not in str(caught.value)
