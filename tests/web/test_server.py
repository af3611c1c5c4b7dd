import socket
import threading
from contextlib import suppress

import httpx
import pytest

from core.errors import StartError
from web import WebServer, create_app, require_free_port, serve


@pytest.fixture
def app(store, town, registry, public_folder, clock):
    return create_app(town, store, registry, public_folder=public_folder, clock=clock)


@pytest.fixture
def taken():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_port_that_is_taken_is_said_in_one_line(app, taken):
    with pytest.raises(StartError) as refusal:
        serve(app, "127.0.0.1", taken)
    assert str(refusal.value) == f"listening on 127.0.0.1 port {taken}: the port is taken by another program"
    assert "--port" in refusal.value.hint


def test_port_can_be_asked_for_beforehand(taken):
    with pytest.raises(StartError):
        require_free_port("127.0.0.1", taken)
    require_free_port("127.0.0.1", 0)


@pytest.mark.parametrize(
    ("host", "port"), [("no.such.host.invalid", 0), ("203.0.113.1", 0), ("127.0.0.1", 99999), ("a" * 70, 1)]
)
def test_address_that_cannot_be_had(host, port):
    with pytest.raises(StartError):
        require_free_port(host, port)


def test_stops_when_asked_though_somebody_listens(app):
    stop = threading.Event()
    server = WebServer(app, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, args=(stop,))
    thread.start()
    with httpx.Client(base_url=server.address, timeout=30) as client, client.stream("GET", "/api/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry")
        stop.set()
        assert not [line for line in lines if "Traceback" in line]
    thread.join(30)
    assert not thread.is_alive()
    require_free_port("127.0.0.1", int(server.address.rpartition(":")[2]))


def test_no_thread_stays_behind(app):
    before = set(threading.enumerate())
    with WebServer(app, "127.0.0.1", 0) as server:
        httpx.get(f"{server.address}/healthz")
        names = {thread.name for thread in threading.enumerate()}
        assert {"web-poller", "web-server"} <= names
    stayed = {thread.name for thread in set(threading.enumerate()) - before}
    assert not {"web-poller", "web-server"} & stayed


def test_address_to_open(app):
    with WebServer(app, "0.0.0.0", 0) as server:
        assert server.address.startswith("http://127.0.0.1:")
        assert httpx.get(f"{server.address}/healthz").status_code == 200


def test_large_header_is_refused(app):
    with WebServer(app, "127.0.0.1", 0) as server:
        # the server may hang up before the client has sent it all
        with suppress(httpx.TransportError):
            answer = httpx.get(f"{server.address}/", headers={"X-Large": "a" * 1_000_000})
            assert answer.status_code in (400, 431)
        assert httpx.get(f"{server.address}/healthz").status_code == 200


def test_works_before_it_is_served(app, send):
    """Without a poller each answer reads the store itself."""
    parts = app.state.parts
    send.value("bridge/water_level", 1.0, minutes_ago=5)
    assert parts.live.picture().values["bridge/water_level"].value == 1.0
    send.value("bridge/water_level", 2.0)
    assert parts.live.picture().values["bridge/water_level"].value == 2.0
