"""One word for one meaning, as docs/alerts.ja.md (ことば) says: no table of words says another."""

from __future__ import annotations

import pytest

from maps.console_panels import PANELS
from maps.words import words
from maps.words_console import console_words
from maps.words_notify import notify_words
from maps.words_sign_in import sign_in_words

LIFTED_BY_PEOPLE = ("account", "announcement", "closure", "compose", "deed_account", "places", "sign_in")
"""What a person takes back is 解除; what values end is 解消."""

BORNE_OUT = {"alert_unconfirmed", "compose_doubted", "mark_unconfirmed", "step_confirmed", "unconfirmed"}
"""未確認 is a value nobody could confirm; an alert nobody answers is 未対応."""


@pytest.fixture(scope="module")
def said():
    tables = [words("ja"), console_words("ja"), notify_words("ja"), sign_in_words("ja")]
    tables += [panel.words("ja") for panel in PANELS]
    return {key: text for table in tables for key, text in table.items()}


def test_what_values_end_is_never_called_lifted(said):
    assert [key for key, text in said.items() if "解除" in text and not key.startswith(LIFTED_BY_PEOPLE)] == []
    assert said["outcome_resolved"] == "解消"
    assert "解消ではありません" in said["outcome_closed"]
    assert "解消ではありません" in said["feed_step_closed"]


def test_an_unconfirmed_alert_and_an_unanswered_one_have_words_of_their_own(said):
    assert {key for key, text in said.items() if "未確認" in text} <= BORNE_OUT
    assert said["console_ack"] == "対応する"


def test_silence_is_one_word(said):
    assert [key for key, text in said.items() if "静音" in text] == []
    assert "一時停止" in said["mark_silenced"]


def test_what_was_handed_over_is_not_said_to_have_arrived(said):
    assert said["told_delivered"] == said["compose_delivered"] == said["compose_sent_delivered"] == "送信済"
