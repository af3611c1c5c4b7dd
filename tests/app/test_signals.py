"""Which signals end a process in good order."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from app.lifetime import WITH_PARENT, stop_on_signals

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv(WITH_PARENT, raising=False)
    before = {sign: signal.signal(sign, signal.SIG_DFL) for sign in ENDING}
    yield
    for sign, handler in before.items():
        signal.signal(sign, handler)


@pytest.mark.parametrize("sign", ENDING)
def test_ctrl_c_a_service_manager_and_a_closed_terminal_end_it(sign):
    stop = stop_on_signals()
    os.kill(os.getpid(), sign)
    assert stop.wait(10)


def test_what_was_told_to_outlive_its_terminal_does():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` starts it
    stop = stop_on_signals()
    os.kill(os.getpid(), signal.SIGHUP)
    assert not stop.is_set()
