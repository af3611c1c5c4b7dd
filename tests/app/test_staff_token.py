"""The token of staff: long enough or none, and never shown."""

from __future__ import annotations

import pytest

from app.settings import read_settings

TOKEN = "q7Lr2vXc9TkPz4MwB8nYh3JdFs6GaEuQ"


def test_a_good_token_is_taken_and_not_shown():
    settings = read_settings(environment={"YUKIMORI_STAFF_TOKEN": TOKEN})
    assert settings.checked_staff_token() == TOKEN
    assert TOKEN not in repr(settings)


def test_no_secret_is_shown_with_the_settings():
    secrets = {
        "DATABASE_URL": "postgresql://town:canary@db/town",
        "MQTT_URL": "mqtts://town:canary@broker",
        "MAIL_PASSWORD": "canary",
    }
    assert "canary" not in repr(read_settings(environment=secrets))


def test_without_one_there_is_no_staff():
    assert read_settings(environment={}).checked_staff_token() == ""
    assert read_settings(environment={"YUKIMORI_STAFF_TOKEN": ""}).checked_staff_token() == ""


@pytest.mark.parametrize("token", [TOKEN[:-1], f"{TOKEN} {TOKEN}", f"{TOKEN}\n", f"雪{TOKEN}"])
@pytest.mark.parametrize("command", ["serve", "run"])
def test_one_that_could_be_guessed_or_sent_wrong_starts_nothing(yukimori, dsn, token, command):
    environment = {"YUKIMORI_STAFF_TOKEN": token, "DATABASE_URL": dsn}
    answer = yukimori(command, "--port", "0", environment=environment)
    assert answer.code == 3
    assert answer.err.startswith("yukimori: YUKIMORI_STAFF_TOKEN is not 32 or more")
    assert "openssl rand -hex 32" in answer.err
    assert token.strip() not in answer.out + answer.err
