"""The command line in this process: arguments in, exit code and words out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli import main
from app.settings import ENVIRONMENT
from config import load_site
from core.times import utc_now
from ingest.messages import Message
from ingest.pipeline import Pipeline
from store import open_store


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[2]


@pytest.fixture
def yukimori(monkeypatch, capsys, tmp_path) -> Callable[..., Answer]:
    """Runs the command line with an environment of its own; data goes to a folder of the test."""

    def run(*arguments: object, environment: Mapping[str, str] | None = None) -> Answer:
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"YUKIMORI_DATA": str(tmp_path / "data"), "COLUMNS": "300", **(environment or {})}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["yukimori", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def arrive(dsn, root) -> Callable[..., None]:
    """Takes messages (topic, payload) of the example town into the database, as the collector does."""

    def take(*messages: tuple[str, str]) -> None:
        site = load_site(root / "config" / "example")
        with open_store(dsn) as store:
            registry = store.register(site)
            arrived = [Message(topic.encode(), payload.encode(), utc_now(), 1) for topic, payload in messages]
            store.append(registry.site, Pipeline(site, registry).handle_all(arrived))

    return take
