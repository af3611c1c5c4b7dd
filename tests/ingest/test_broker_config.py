"""The generated broker configuration, on the real Mosquitto: who may do what, and who may not."""

from __future__ import annotations

import csv
import os
import socket
import ssl
import stat
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from config import load_site
from config.model import ChannelConfig, Site, Source
from core.errors import StartError
from core.levels import Level
from core.model import DeviceId, Vehicle, VehicleId
from ingest.broker_config import (
    COLLECTOR_USER,
    EVALUATOR_USER,
    EXERCISE_USER,
    LISTENER,
    BrokerFolders,
    access_list,
    acl_text,
    write_broker_config,
)
from ingest.membership import Member

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 10

pytestmark = pytest.mark.broker


def siren(name: str, topic: str, *, exercise: bool = False) -> ChannelConfig:
    return ChannelConfig(id=name, kind="mqtt", min_level=Level.DANGER, settings={"topic": topic}, exercise=exercise)


@pytest.fixture(scope="module")
def site() -> Site:
    site = load_site(ROOT / "config" / "example")
    phone = Vehicle(
        id=VehicleId("phone"), device=DeviceId("crew/phone"), name_ja="電話", name_en="Phone", kind="plough"
    )
    return replace(
        site,
        channels=(*site.channels, siren("kunren-siren", f"yukimori/{site.id}/kunren", exercise=True)),
        sources=(*site.sources, Source(topic="owntracks/crew/+", codec="owntracks")),
        vehicles=(*site.vehicles, phone),
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("certificates")
    subprocess.run([ROOT / "tools" / "make-certificates", folder, "127.0.0.1"], check=True, capture_output=True)
    return folder


class Deployed:
    """A Mosquitto that runs the generated configuration, and clients that speak to it."""

    def __init__(self, port: int, authority: Path, passwords: dict[str, str]) -> None:
        self.port, self.authority, self.passwords = port, authority, passwords
        self._clients: list[mqtt.Client] = []

    def connect(self, user: str | None, password: str | None = None) -> tuple[mqtt.Client, str]:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        client.tls_set(ca_certs=str(self.authority))
        if user is not None:
            client.username_pw_set(user, password if password is not None else self.passwords[user])
        answered = threading.Event()
        answers: list[str] = []

        def on_connect(_client, _data, _flags, reason, _properties):
            answers.append(str(reason))
            answered.set()

        client.on_connect = on_connect
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        self._clients.append(client)
        assert answered.wait(WAIT_S)
        return client, answers[0]

    def publish(self, user: str, topic: str, payload: str) -> str:
        """Publish at QoS 1 and give the broker's word on it."""
        client, answer = self.connect(user)
        assert answer == "Success"
        acknowledged = threading.Event()
        words: list[str] = []

        def on_publish(_client, _data, _mid, reason, _properties):
            words.append(str(reason))
            acknowledged.set()

        client.on_publish = on_publish
        client.publish(topic, payload, qos=1)
        assert acknowledged.wait(WAIT_S)
        return words[0]

    def subscribe(self, user: str, topic: str) -> tuple[str, list[tuple[str, str]], threading.Event]:
        client, answer = self.connect(user)
        assert answer == "Success"
        received: list[tuple[str, str]] = []
        arrived = threading.Event()
        granted = threading.Event()
        words: list[str] = []

        def on_message(_client, _data, message):
            received.append((message.topic, message.payload.decode()))
            arrived.set()

        def on_subscribe(_client, _data, _mid, reasons, _properties):
            words.append(str(reasons[0]))
            granted.set()

        client.on_message = on_message
        client.on_subscribe = on_subscribe
        client.subscribe(topic, qos=1)
        assert granted.wait(WAIT_S)
        return words[0], received, arrived

    def close(self) -> None:
        for client in self._clients:
            client.disconnect()
            client.loop_stop()


@pytest.fixture(scope="module")
def deployed(site: Site, certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("broker")
    out = folder / "config"
    (folder / "data").mkdir()
    port = _free_port()
    folders = BrokerFolders(folder=str(out), certificates=str(certificates), data=str(folder / "data"))
    passwords = write_broker_config(site, out, folders=folders, port=port, bind="127.0.0.1")
    if os.geteuid() == 0:
        # Started by root it would become the user "mosquitto", who cannot read a folder of the test.
        (out / "mosquitto.conf").write_text((out / "mosquitto.conf").read_text() + "user root\n")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["/usr/sbin/mosquitto", "-c", out / "mosquitto.conf"], stdout=log, stderr=log)
    broker = Deployed(port, certificates / "ca.crt", passwords)
    try:
        _wait_for(port, process, folder / "log")
        yield broker
    finally:
        broker.close()
        process.terminate()
        process.wait(WAIT_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
    raise AssertionError(log.read_text())


def native_devices(site: Site) -> list[str]:
    ours = (access for access in access_list(site) if not access.user.startswith("yukimori-"))
    return [access.user for access in ours if access.writes and access.writes[0].startswith("yukimori/")]


def test_a_device_publishes_below_its_own_id_and_the_collector_hears_it(deployed, site):
    device = native_devices(site)[0]
    topic = f"yukimori/{site.id}/{device}/reading"
    granted, received, arrived = deployed.subscribe(COLLECTOR_USER, f"yukimori/{site.id}/+/reading")
    assert granted == "Granted QoS 1"
    assert deployed.publish(device, topic, "mine") == "Success"
    assert arrived.wait(WAIT_S)
    assert received == [(topic, "mine")]


@pytest.mark.parametrize("user", [None, "stranger", "a known device"])
def test_without_the_right_password_nobody_comes_in(deployed, site, user):
    name = native_devices(site)[0] if user == "a known device" else user
    _client, answer = deployed.connect(name, "not the password")
    assert answer == "Not authorized"


def test_another_devices_topic_is_refused(deployed, site):
    mine, other = native_devices(site)[:2]
    for topic in (
        f"yukimori/{site.id}/{other}/reading",
        f"yukimori/another-town/{mine}/reading",
        "application/x/device/y/event/up",
        f"owntracks/{mine}",
    ):
        assert deployed.publish(mine, topic, "not mine") == "Not authorized"


def test_a_device_that_subscribes_hears_nothing(deployed, site):
    mine, other = native_devices(site)[:2]
    listeners = [deployed.subscribe(mine, f) for f in ("#", f"yukimori/{site.id}/+/reading", "+/+/+/reading", "$SYS/#")]
    _granted, heard, arrived = deployed.subscribe(COLLECTOR_USER, f"yukimori/{site.id}/+/reading")
    deployed.publish(other, f"yukimori/{site.id}/{other}/reading", "for the collector")
    assert arrived.wait(WAIT_S)
    assert heard
    assert [received for _answer, received, _arrived in listeners] == [[], [], [], []]


def test_members_share_what_the_collector_may_read_and_no_device_takes_a_share_away(deployed, site):
    """Mosquitto asks nobody for the right to join a group: only its name keeps others out."""
    device, other = native_devices(site)[:2]
    member = Member(2, 2, secret=deployed.passwords[COLLECTOR_USER])
    shared = next(topic for topic in member.filters(site) if "/yukimori/" in topic)
    granted, received, _arrived = deployed.subscribe(COLLECTOR_USER, shared)
    assert granted == "Granted QoS 1"
    guessed = next(topic for topic in Member(2, 2).filters(site) if "/yukimori/" in topic)
    thieves = [deployed.subscribe(other, topic) for topic in (guessed, f"$share/+/yukimori/{site.id}/+/+")]
    for number in range(10):
        deployed.publish(device, f"yukimori/{site.id}/{device}/reading", str(number))
    deadline = time.monotonic() + WAIT_S
    while len(received) < 10 and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert [payload for _topic, payload in received] == [str(number) for number in range(10)]
    assert [stolen for _answer, stolen, _arrived in thieves] == [[], []]


def test_the_collector_writes_nothing(deployed, site):
    device = native_devices(site)[0]
    assert deployed.publish(COLLECTOR_USER, f"yukimori/{site.id}/{device}/reading", "forged") == "Not authorized"


def test_a_sign_hears_the_evaluator_on_its_topic_and_nobody_else(deployed, site):
    sign, kunren = f"yukimori/{site.id}/signage", f"yukimori/{site.id}/kunren"
    _granted, heard, arrived = deployed.subscribe(LISTENER + "signage", sign)
    _granted, wrong, _arrived = deployed.subscribe(LISTENER + "signage", kunren)
    device = native_devices(site)[0]
    for user, topic in ((device, sign), (COLLECTOR_USER, sign), (EXERCISE_USER, sign), (LISTENER + "signage", sign)):
        assert deployed.publish(user, topic, "forged") == "Not authorized"
    for topic in (kunren, f"yukimori/{site.id}/{device}/reading", f"{sign}/below"):
        assert deployed.publish(EVALUATOR_USER, topic, "not its own") == "Not authorized"
    assert deployed.publish(EXERCISE_USER, kunren, "drill") in ("Success", "No matching subscribers")
    assert deployed.publish(EVALUATOR_USER, sign, "danger") == "Success"
    assert arrived.wait(WAIT_S)
    assert heard == [(sign, "danger")]
    assert wrong == []


def test_a_town_without_such_channels_has_no_such_users(site):
    users = {access.user for access in access_list(replace(site, channels=()))}
    assert not {user for user in users if user.startswith("yukimori-")} - {COLLECTOR_USER}


def test_a_topic_that_a_device_could_write_or_the_collector_would_read_is_refused(site):
    device = native_devices(site)[0]
    for topic, who in (
        (f"yukimori/{site.id}/{device}", device),
        (f"yukimori/{site.id}/siren/reading", COLLECTOR_USER),
        ("application/siren", "chirpstack"),
    ):
        with pytest.raises(StartError, match=who):
            access_list(replace(site, channels=(siren("siren", topic),)))


def test_a_network_server_writes_its_branch_only(deployed, site):
    assert deployed.publish("chirpstack", "application/1/device/2/event/up", "frame") in (
        "Success",
        "No matching subscribers",
    )
    device = native_devices(site)[0]
    assert deployed.publish("chirpstack", f"yukimori/{site.id}/{device}/reading", "forged") == "Not authorized"


def test_a_phone_writes_its_own_owntracks_topic(deployed):
    assert deployed.publish("crew/phone", "owntracks/crew/phone", "here") in ("Success", "No matching subscribers")
    assert deployed.publish("crew/phone", "owntracks/crew/other", "here") == "Not authorized"


def test_plain_mqtt_is_not_spoken(deployed):
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    connected = threading.Event()
    closed = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.on_disconnect = lambda *_: closed.set()
    client.connect("127.0.0.1", deployed.port)
    client.loop_start()
    assert closed.wait(WAIT_S)
    client.loop_stop()
    assert not connected.is_set()


def test_another_authority_is_not_believed(deployed):
    context = ssl.create_default_context()
    with socket.create_connection(("127.0.0.1", deployed.port), timeout=WAIT_S) as raw, pytest.raises(ssl.SSLError):
        context.wrap_socket(raw, server_hostname="127.0.0.1")


def test_passwords_are_drawn_once_long_and_kept_private(site, tmp_path):
    first = write_broker_config(site, tmp_path)
    assert len(set(first.values())) == len(first)
    assert min(map(len, first.values())) >= 32
    assert write_broker_config(site, tmp_path) == first
    with (tmp_path / "credentials.csv").open(newline="") as file:
        assert {row["user"]: row["password"] for row in csv.DictReader(file)} == first
    for name in ("credentials.csv", "passwords", "acl"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert not any(password in (tmp_path / "passwords").read_text() for password in first.values())


def test_a_device_that_is_gone_loses_its_user(site, tmp_path):
    write_broker_config(site, tmp_path)
    fewer = replace(site, vehicles=())
    remaining = write_broker_config(fewer, tmp_path)
    assert "crew/phone" not in remaining
    assert "crew/phone" not in (tmp_path / "acl").read_text()


def test_no_user_may_read_or_write_everything(site):
    topics = [line.split()[-1] for line in acl_text(access_list(site)).splitlines() if line.startswith("topic ")]
    assert topics
    assert not {"#", "+/#", "$SYS/#"} & set(topics)
