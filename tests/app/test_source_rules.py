"""What ARCHITECTURE.md and the decision records promise about the source, looked up in the source."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.doctor import PACKAGES
from store import statements

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))
QUERIES = sorted((ROOT / "store" / "queries").glob("*.sql"))


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_there_is_source_to_look_at():
    assert len(MODULES) > 90
    assert len(LOCKS) == 3
    assert len(QUERIES) > 3


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is(path):
    assert path.name == "__main__.py" or ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_nothing_above_the_store_knows_the_database_driver():
    outside = [path for path in MODULES if path.parent.name != "store"]
    assert [name_of(path) for path in outside for name in imported(path) if name.partition(".")[0] == "psycopg"] == []
    assert [name_of(path) for path in outside if "psycopg." in path.read_text(encoding="utf-8")] == []


def attribute_calls(path: Path, among: set[str]) -> set[str]:
    """Which of these, each ``module.name``, the module calls or reads."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    last = {name.rpartition(".")[2] for name in among}
    return among & {ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute) and node.attr in last}


def test_only_the_wiring_reads_the_environment_and_the_clock():
    forbidden = {"os.environ", "os.getenv", "datetime.now", "datetime.utcnow", "time.time"}
    allowed = {"core/times.py"}
    readers = {name_of(path) for path in MODULES if path.parent.name != "app" and attribute_calls(path, forbidden)}
    assert readers <= allowed


@pytest.mark.parametrize("path", QUERIES, ids=name_of)
def test_a_statement_has_a_name_a_description_and_a_use(path):
    loaded = statements.load(path.stem)
    headings = re.findall(r"^-- ([a-z0-9_]+): (\S+ .+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name, _ in headings] == list(loaded)
    assert all(body.endswith(";") and len(body.splitlines()) >= 1 for body in loaded.values())
    code = "".join(module.read_text(encoding="utf-8") for module in (ROOT / "store").glob("*.py"))
    put_together = tuple(re.findall(r'f"([a-z]+_)\{\w+\}"', code))
    assert [name for name in loaded if f'"{name}"' not in code and not name.startswith(put_together or "-")] == []


@pytest.mark.parametrize("path", LOCKS, ids=name_of)
def test_python_parts_are_pinned_by_hash_and_name_no_host(path):
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text
    blocks = re.split(r"\n(?=[a-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    pinned = re.compile(r"[a-z0-9._-]+(\[[a-z0-9,._-]+\])?==\S+")
    assert len(blocks) > 1 or path.stem == "requirements-build"
    for block in blocks:
        assert pinned.match(block), block
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", block), block


def pins(path: Path) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return dict(found)


def test_development_and_production_use_the_same_versions():
    production, development = pins(ROOT / "requirements.lock"), pins(ROOT / "requirements-dev.lock")
    assert {name: development.get(name) for name in production} == production


def test_front_end_parts_are_pinned_by_hash_and_name_no_host():
    text = (ROOT / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    assert '"resolved"' not in text
    packages = json.loads(text)["packages"]
    parts = {name: part for name, part in packages.items() if name}
    assert parts
    assert [name for name, part in parts.items() if not part["integrity"].startswith("sha512-")] == []
    wanted = packages[""]["dependencies"] | packages[""]["devDependencies"]
    assert {name: parts[f"node_modules/{name}"]["version"] for name in wanted} == wanted
