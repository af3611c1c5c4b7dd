"""Members of a type nobody expects, texts that turn around, and files that are none: refused in words."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime

import pytest

from alerts.jma.sources import Folder
from config import files
from config.mistakes import Notes
from core.model import Bounds
from web.closure_wishes import closure_wish
from web.message_wishes import approve_wish
from web.problems import Problem

NOW = datetime(2026, 1, 12, tzinfo=UTC)
BOUNDS = Bounds(west=140.0, south=38.0, east=141.0, north=39.0)


@pytest.mark.parametrize("mode", [[], {}, None, 1, True, "LIVE"])
def test_a_mode_is_a_word(mode):
    body = json.dumps({"digest": "0" * 64, "recipients": 0, "mode": mode}).encode()
    with pytest.raises(Problem) as caught:
        approve_wish(body)
    assert caught.value.status_code == 400


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200f", "\x1b"])
def test_the_name_of_a_closed_road_reads_one_way(sign):
    body = json.dumps({"status": "closed", "reason": "snow", "name_ja": f"県道{sign}28号"}).encode()
    with pytest.raises(Problem) as caught:
        closure_wish(body, BOUNDS, NOW, "operator")
    assert caught.value.status_code == 400


def test_a_pipe_is_no_file_of_a_site_and_no_telegram(tmp_path):
    os.mkfifo(tmp_path / "pipe.xml")
    assert list(Folder(tmp_path).new(lambda _: ())) == []
    notes = Notes()
    assert files._read_bytes(tmp_path / "pipe.xml", "pipe.xml", notes) is None
    assert "a pipe or a device" in str(notes.mistakes[0])
