"""Codes the console shows have words: what the dispatcher decides, why the evaluator steps, what is set aside, what is on record."""

import re
from pathlib import Path

from alerts.channels import __file__ as channels_file
from alerts.dispatch_audience import NOBODY, PASSED, SUPERSEDED
from alerts.dispatch_incidents import _KINDS as INCIDENTS
from alerts.machine import Kind
from alerts.telling import Cause
from core.reasons import REASONS
from core.watchdog import HOPS
from maps.words_console import console_words

ROOT = Path(__file__).parents[2]
USUAL = {Cause.SAMPLE, Cause.SILENCE}
"""Causes that need no sentence of their own: the step says it."""
DEED = re.compile(r'(?:audit|write|note)\(\s*[^"()]*(?:\([^()]*\))?[^"()]*"([a-z-]+\.[a-z-]+)"')


def missing(group: str, codes) -> list[str]:
    return sorted(str(code) for code in codes if f"{group}_{code}" not in console_words("ja"))


def test_every_code_has_words():
    assert missing("verdict", (NOBODY, PASSED, SUPERSEDED, "silence", "schedule", "inhibit")) == []
    assert missing("step", Kind) == []
    assert missing("cause", set(Cause) - USUAL) == []
    assert missing("hop", HOPS) == []
    assert missing("incident", INCIDENTS) == []
    assert missing("reason_code", REASONS) == []
    kinds = {file.stem for file in Path(channels_file).parent.glob("*.py")} - {"__init__"}
    assert missing("channel_kind", kinds) == []


def test_every_deed_of_the_audit_has_words():
    sources = [file.read_text() for folder in ("web", "app") for file in (ROOT / folder).glob("*.py")]
    deeds = {deed for text in sources for deed in DEED.findall(text)}
    assert {"sign-in.done", "silence.create", "exercise.begin", "closure.say"} <= deeds
    assert missing("deed", deeds | {f"message.{act}" for act in ("queued", "expired", "deleted")}) == []


def test_every_deed_of_the_audit_is_described():
    told = (ROOT / "docs" / "console.md").read_text().partition("\n## Audit\n")[2]
    deeds = [key.removeprefix("deed_") for key in console_words("ja") if key.startswith("deed_")]
    assert [deed for deed in deeds if f"`{deed}`" not in told] == []
