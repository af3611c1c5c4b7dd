"""The five commands as separate processes, as docker-compose.yml runs them: TLS, passwords, a real receiver of alerts."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.times import format_rfc3339

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 60

pytestmark = [pytest.mark.e2e, pytest.mark.db, pytest.mark.broker]


class Receiver:
    """A web server that keeps every document posted to it."""

    def __init__(self) -> None:
        received: list[dict] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self.received = received
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/alerts"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Services:
    """Mosquitto and the five processes of one site, each started and ended by itself."""

    def __init__(self, folder: Path, site: Path, dsn: str, broker_port: int, web_port: int, stack: ExitStack) -> None:
        self.folder, self.site, self.broker_port, self.web_port = folder, site, broker_port, web_port
        self._stack = stack
        self._processes: dict[str, subprocess.Popen] = {}
        with (folder / "deploy" / "broker" / "credentials.csv").open(encoding="utf-8", newline="") as file:
            self.passwords = {row["user"]: row["password"] for row in csv.DictReader(file)}
        self.authority = folder / "deploy" / "certificates" / "ca.crt"
        collector = self.passwords["yukimori-collector"]
        self._environment: Mapping[str, str] = {
            **{key: value for key, value in os.environ.items() if not key.startswith("YUKIMORI_")},
            "DATABASE_URL": dsn,
            "MQTT_URL": f"mqtts://yukimori-collector:{collector}@127.0.0.1:{broker_port}",
            "MQTT_CA_FILE": str(self.authority),
            "YUKIMORI_SITE": str(site),
            "YUKIMORI_DATA": str(folder / "data"),
        }

    def start_broker(self) -> None:
        """The Mosquitto of the machine on the configuration that was made."""
        self._spawn("broker", ["/usr/sbin/mosquitto", "-c", str(self.folder / "deploy" / "broker" / "mosquitto.conf")])

    def start(self, *arguments: str) -> None:
        """One of our processes, with its output in a file of its name."""
        self._spawn(arguments[0], [sys.executable, "-m", "app", *arguments])

    def alive(self, name: str) -> bool:
        """What the health check of the service asks."""
        return self.run("alive", name).returncode == 0

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        """One of our commands, to its end."""
        command = [sys.executable, "-m", "app", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self._environment, capture_output=True, text=True, timeout=WAIT_S, check=False
        )

    def end(self, name: str) -> int:
        """SIGTERM, as Docker sends it; gives the exit code."""
        process = self._processes.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(WAIT_S)

    def publish(self, user: str, topic: str, payload: str) -> None:
        """Publish over TLS with the tool everybody has."""
        where = ["-h", "127.0.0.1", "-p", str(self.broker_port), "--cafile", str(self.authority)]
        who = ["-u", user, "-P", self.passwords[user]]
        subprocess.run(
            ["mosquitto_pub", *where, *who, "-q", "1", "-t", topic, "-m", payload],
            check=True,
            timeout=WAIT_S,
            capture_output=True,
        )

    def get(self, path: str) -> dict | None:
        """The JSON document at a path; None while nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}{path}", timeout=10) as answer:
                return json.load(answer)
        except OSError:
            return None

    def measured(self, station: str, quantity: str) -> dict:
        """The newest value of a station as the API gives it."""
        features = (self.get("/api/stations") or {"features": []})["features"]
        found = next((feature for feature in features if feature["id"] == station), None)
        return found["properties"]["quantities"][quantity] if found else {"value": None}

    def words(self) -> str:
        """Everything the processes said."""
        return "\n".join(f"== {log.name}\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=self._environment, stdout=log, stderr=log)
        self._processes[name] = process
        self._stack.callback(_end_by_force, process)


def _end_by_force(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiving = Receiver()
    yield receiving
    receiving.close()


@pytest.fixture
def site_folder(tmp_path: Path, receiver: Receiver, small_town: Path) -> Path:
    """The example town with a channel to the receiver, for those who are told of dangers and of no troubles of the system."""
    site = tmp_path / "site"
    shutil.copytree(small_town, site)
    channel = f"""
[[channels]]
id = "duty"
kind = "webhook"
min_level = "warning"
settings = {{ url = "{receiver.url}", allow_private = true }}
"""
    words = (site / "site.toml").read_text(encoding="utf-8").replace("[demo]\n", channel + "\n[demo]\n", 1)
    (site / "site.toml").write_text(words, encoding="utf-8")
    everybody, head, others = (site / "people.toml").read_text(encoding="utf-8").partition('id = "kacho"')
    others = others.replace('["console"]', '["console", "duty"]', 1)
    (site / "people.toml").write_text(everybody + head + others, encoding="utf-8")
    return site


@pytest.fixture
def services(tmp_path: Path, site_folder: Path, dsn: str, free_ports: tuple[int, int]) -> Iterator[Services]:
    """All there is to start, with the broker's configuration made by the commands of docs/deploy.md."""
    deploy, (broker_port, web_port) = tmp_path / "deploy", free_ports
    subprocess.run(
        [ROOT / "tools" / "make-certificates", deploy / "certificates", "127.0.0.1"], check=True, capture_output=True
    )
    made = ["broker-config", "--site", site_folder, "--out", deploy / "broker", "--here", "--port", str(broker_port)]
    subprocess.run([sys.executable, "-m", "app", *made], cwd=ROOT, check=True, capture_output=True)
    (deploy / "broker-data").mkdir()
    if os.geteuid() == 0:
        # Started by root it would become the user "mosquitto", who cannot enter a folder of the test.
        with (deploy / "broker" / "mosquitto.conf").open("a") as conf:
            conf.write("user root\n")
    with ExitStack() as stack:
        yield Services(tmp_path, site_folder, dsn, broker_port, web_port, stack)


def reading(quantity: str, value: float, unit: str) -> str:
    at = format_rfc3339(datetime.now(UTC))
    return json.dumps({"at": at, "quantity": quantity, "value": value, "unit": unit})


def test_the_processes_of_production_carry_a_reading_to_the_map_and_to_people(services, receiver, until):
    services.start_broker()
    assert services.run("migrate").stdout == "the schema is up to date\n"
    until(lambda: services.run("doctor").returncode == 0, services.words, 1.0)
    services.start("collect")
    services.start("judge")
    services.start("evaluate")
    services.start("publish")
    services.start("serve", "--port", str(services.web_port))
    until(lambda: services.get("/healthz") == {"status": "ok"}, services.words)
    for name in ("collect", "judge", "evaluate", "publish"):
        until((services.folder / "data" / "alive" / name).exists, services.words)
        assert services.alive(name), services.words()

    # Somebody else's topic first: the broker takes the message and hands it to nobody.
    services.publish("river-02", "yukimori/obanazawa/river-03/reading", reading("water_level", 7.77, "m"))
    services.publish("river-03", "yukimori/obanazawa/river-03/reading", reading("water_level", 2.15, "m"))
    until(lambda: services.measured("river-oboroge", "water_level")["value"] == 2.15, services.words)
    assert services.measured("river-oboroge", "water_level")["level"] == "danger"
    counted = json.loads(services.run("counters").stdout)
    assert counted == {"messages_received": 1, "messages_accepted": 1, "rows_received": 1, "stored": 1}

    until(lambda: (services.get("/api/alerts") or {}).get("open"), services.words)
    (episode,) = services.get("/api/alerts")["open"]
    assert (episode["station"], episode["level"], episode["value"]) == ("river-oboroge", "danger", 2.15)
    until(lambda: receiver.received, services.words)
    (document,) = receiver.received
    assert document["status"] == "firing"
    assert document["commonLabels"]["station"] == "river-oboroge"
    assert "氾濫危険水位に到達" in document["commonAnnotations"]["summary"]

    until(lambda: services.get("/layers/layers.json"), services.words)
    layers = services.get("/layers/layers.json")["layers"]
    assert {layer["id"] for layer in layers} >= {"boundary", "roads", "shelters_emergency"}

    assert services.end("collect") == 0
    services.publish("river-03", "yukimori/obanazawa/river-03/reading", reading("water_level", 2.31, "m"))
    services.start("collect")
    until(lambda: services.measured("river-oboroge", "water_level")["value"] == 2.31, services.words)

    # The judge has seen both, and says of the first that nothing came before it.
    until(lambda: "gap" in services.run("verdicts", "river-oboroge/water_level").stdout, services.words, 1.0)
    again = json.loads(services.run("requality", "river-oboroge/water_level", "--json").stdout)
    assert (again["rows"], again["values"], again["flags"], again["finished"]) == (2, 0, 0, True)

    ended = {name: services.end(name) for name in ("serve", "publish", "evaluate", "judge", "collect")}
    assert ended == dict.fromkeys(("serve", "publish", "evaluate", "judge", "collect"), 0)
    assert "Traceback" not in services.words()
