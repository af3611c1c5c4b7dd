"""The pages under docs/ and the READMEs, compared with the program they speak of.

The command reference is made by this file: ``YUKIMORI_BLESS=1`` (``make bless``) writes it again.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import urllib.request
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli import app as command_line
from app.settings import ENVIRONMENT
from config import load_site
from core.reasons import REASONS
from core.times import utc_now
from ingest.codecs import CODECS
from ingest.devices import MODELS
from store import open_store
from web import WebServer, create_app

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
GENERATED = "<!-- Everything below is made from the program: `make bless` writes it again. -->\n"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, heading: str) -> str:
    """The text below a heading, up to the next heading of its rank or a higher one."""
    rank = heading.split(" ", maxsplit=1)[0]
    _, _, below = text.partition(f"\n{heading}\n")
    assert below, f"no heading {heading!r}"
    return re.split(rf"\n#{{1,{len(rank)}}} ", below, maxsplit=1)[0]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables in a text, without their heads."""
    lines = [line for line in text.splitlines() if line.startswith(("| ", "|-"))]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for index, row in enumerate(cells) if not _is_head(cells, index)]


def _is_head(cells: list[list[str]], index: int) -> bool:
    def is_rule(row: list[str]) -> bool:
        return all(set(cell) <= set("-: ") for cell in row)

    return is_rule(cells[index]) or (index + 1 < len(cells) and is_rule(cells[index + 1]))


def code(cell: str) -> str:
    return cell.strip("`")


# --- the command line


@cache
def command_tree() -> Any:
    return typer.main.get_command(command_line)


def commands(node: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    node = command_tree() if node is None else node
    for name, inner in node.commands.items():
        if hasattr(inner, "commands"):
            yield from commands(inner, (*path, name))
        elif not inner.hidden:
            yield (*path, name), inner


def reference() -> str:
    """The generated part of docs/cli.md."""
    parts = ["\n## Environment\n", "| variable | meaning |\n|---|---|"]
    parts += [f"| `{name}` | {meaning} |" for name, meaning in ENVIRONMENT.items()]
    for path, command in commands():
        parts += [f"\n## {' '.join(path)}", *_described(path, command)]
    return "\n".join(parts) + "\n"


def _described(path: tuple[str, ...], command: Any) -> Iterator[str]:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    options = [parameter for parameter in command.params if parameter.param_type_name == "option"]
    words, _, example = command.help.partition("Example: ")
    shown = "".join(f" {argument.name.upper()}{'…' if argument.nargs == -1 else ''}" for argument in arguments)
    yield f"`yukimori {' '.join(path)}{' [OPTIONS]' if options else ''}{shown}`\n"
    yield " ".join(words.split()) + "\n"
    yield "| | meaning |\n|---|---|"
    for parameter in [*arguments, *options]:
        yield f"| {_name(parameter)} | {_words(parameter)} |"
    yield f"\nExample: `{example.strip()}`"


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.name.upper()}`"
    spoken = " ".join(f"`{option}`" for option in [*parameter.opts, *parameter.secondary_opts])
    return f"{spoken} (needed)" if parameter.required else spoken


def _words(parameter: Any) -> str:
    return (parameter.help.rstrip(".") + _default(parameter)).replace("<", "\\<")


def _default(parameter: Any) -> str:
    if parameter.default in (None, False) or parameter.param_type_name == "argument":
        return ""
    return f"; default {parameter.opts[0] if parameter.default is True else parameter.default}"


def test_the_command_reference_is_that_of_the_program():
    head, mark, written = page("cli.md").partition(GENERATED)
    assert mark
    if os.environ.get("YUKIMORI_BLESS"):
        (DOCS / "cli.md").write_text(head + mark + reference(), encoding="utf-8")
        return
    assert written == reference()


@pytest.mark.parametrize(
    ("path", "command"), list(commands()), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_explains_itself_with_an_example(path, command):
    assert f"Example: yukimori {' '.join(path)}" in command.help or f" yukimori {' '.join(path)}" in command.help
    assert all(parameter.help for parameter in command.params)


def test_exit_codes_are_documented():
    assert [code(row[0]) for row in rows(section(page("cli.md"), "## Exit codes"))] == ["0", "1", "2", "3"]


def spoken_commands() -> Iterator[tuple[str, list[str]]]:
    """Every call of our program in a code block or in backticks of any page."""
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).replace("\\\n", " ")
        for line in [*blocks.splitlines(), *re.findall(r"`([^`\n]+)`", text)]:
            call = re.search(r"(?:\byukimori|python -m app|(?:run --rm \S+ \S+|run --rm -T \S+ \S+)) ([a-z].*)", line)
            if call and "docker build" not in line and "…" not in line:
                yield f"{path.relative_to(ROOT)}: {line.strip()}", shlex.split(call[1], comments=True)


def call_of(words: list[str]) -> tuple[Any, list[str]] | None:
    node = command_tree()
    while words and hasattr(node, "commands"):
        if words[0] not in node.commands:
            return None
        node, words = node.commands[words[0]], words[1:]
    return None if hasattr(node, "commands") else (node, words)


def test_commands_in_the_pages_exist_with_those_options():
    looked_at = 0
    for place, words in spoken_commands():
        found = call_of(words)
        if found is None:
            continue
        command, arguments = found
        known = {option for parameter in command.params for option in [*parameter.opts, *parameter.secondary_opts]}
        given = {word.partition("=")[0] for word in arguments if word.startswith("--")}
        assert given <= known | {"--help"}, place
        looked_at += 1
    assert looked_at > 30


def test_targets_of_make_in_the_pages_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {name for path in PAGES for name in re.findall(r"`?\bmake ([a-z-]+)[ `\n]", _code_of(path))}
    assert {"run", "test"} <= named
    assert named <= targets


def _code_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *(f"{inline} " for inline in re.findall(r"`([^`\n]+)`", text))])


# --- operations, sensors, interface


def test_every_reason_is_documented_in_the_words_of_the_program():
    told = {code(row[0]): row[1] for row in rows(section(page("operations.md"), "## Quarantine"))}
    assert told == REASONS
    assert all(row[2] for row in rows(section(page("operations.md"), "## Quarantine")))


def test_every_codec_and_model_is_documented():
    told = {code(row[0]) for row in rows(section(page("sensors.md"), "## Formats"))}
    assert told == set(CODECS)
    assert {code(row[0]) for row in rows(section(page("sensors.md"), "## LoRaWAN models"))} == set(MODELS)


@pytest.fixture
def serving(dsn, arrive, tmp_path) -> Iterator[tuple[str, Any]]:
    arrive(("yukimori/obanazawa/snow-01/reading", "{"))
    site = load_site(ROOT / "config" / "example")
    with open_store(dsn) as store:
        served = create_app(site, store, store.register(site), public_folder=tmp_path, clock=utc_now)
        with WebServer(served, "127.0.0.1", 0) as server:
            yield server.address, served


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return answer.read().decode()


@pytest.mark.db
def test_every_path_is_documented(serving):
    _address, served = serving
    paths = {re.sub(r":path\}", "}", route.path) for route in served.routes}
    told = {code(row[0]) for row in rows(section(page("api.md"), "## Paths"))}
    assert told == {path for path in paths if not path.startswith("/en/") or path == "/en/"}
    assert {f"/en{path}" for path in ("/", "/list", "/station/{station}", "/map.js")} <= paths


@pytest.mark.db
def test_every_metric_is_documented(serving, arrive):
    address, served = serving
    arrive(("yukimori/obanazawa/snow-01/reading", '{"at":null,"quantity":"snow_depth","value":80,"unit":"cm"}'))
    fetch(f"{address}/api/stations")
    served.state.parts.live.refresh()
    text = fetch(f"{address}/metrics")
    families = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    told = {code(row[0]): row[1] for row in rows(section(page("operations.md"), "## Metrics"))}
    assert told == {name: kind for name, kind in families.items() if not name.endswith("_created")}


@pytest.mark.db
def test_answers_have_the_members_the_page_names(serving):
    address, _served = serving
    stations = json.loads(fetch(f"{address}/api/stations"))
    station = stations["features"][0]["properties"]
    (quantity,) = station["quantities"].values()
    text = page("api.md")
    for heading, found in (("### Station", station), ("### Quantity", quantity)):
        assert {code(row[0]) for row in rows(section(text, heading))} == set(found)


# --- the pages themselves


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        aim = (path.parent / file).resolve() if file else path
        assert aim.exists() or aim.parent.name == "images", target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", aim.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}, (
                target
            )


def test_both_readmes_say_the_same_things():
    english, japanese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.ja.md"))
    for blocks in (r"^```\w*\n(.*?)^```", r"^(#+) ", r"^(\|)", r"^(- )"):
        found = [re.findall(blocks, text, re.MULTILINE | re.DOTALL) for text in (english, japanese)]
        assert found[0] == found[1]
    links = [set(re.findall(r"\]\(([^)]+)\)", text)) for text in (english, japanese)]
    assert links[0] ^ links[1] == {"README.md", "README.ja.md"}
