"""Telegrams are taken in beside the evaluator, and no trouble with them ends that."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import warning_watch
from config import load_site
from config.jma_plan import Jma
from core.errors import StoreError
from core.times import utc_now


@pytest.fixture
def town(tmp_path):
    example = load_site(Path(__file__).parents[2] / "config" / "example")
    return replace(example, jma=Jma(areas=("0621200",), folder=tmp_path, every=timedelta(milliseconds=1)))


def test_it_goes_on_whatever_happens(town, monkeypatch, caplog):
    enough = threading.Event()
    troubles = [StoreError("away", retryable=True), RuntimeError("unforeseen"), None, None]

    class Rounds:
        def __init__(self, *_):
            pass

        def round(self, now):
            assert now.tzinfo is not None
            trouble = troubles.pop(0) if troubles else enough.set()
            if trouble is not None:
                raise trouble

    monkeypatch.setattr(warning_watch, "JmaRound", Rounds)
    with warning_watch.warning_watch(town, None, 1, utc_now):
        assert enough.wait(20)
    assert not [thread for thread in threading.enumerate() if thread.name == "telegrams"]
    said = [record.getMessage() for record in caplog.records]
    assert any("wait for the database" in line for line in said)
    assert any("failed and is tried again" in line for line in said)


def test_a_town_without_telegrams_has_no_thread(town):
    with warning_watch.warning_watch(replace(town, jma=None), None, 1, utc_now):
        assert not [thread for thread in threading.enumerate() if thread.name == "telegrams"]
