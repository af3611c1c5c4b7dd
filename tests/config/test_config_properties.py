"""Whatever is done to a good site, ``load_site`` gives a site or raises ConfigError; nothing else."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from config import Known, check_site, load_site
from core.errors import ConfigError
from tests.examples import examples

GOOD = Path(__file__).parent / "good"
FILES = sorted(path.relative_to(GOOD).as_posix() for path in GOOD.rglob("*") if path.suffix in (".toml", ".csv"))
WORDS = st.sampled_from(
    [
        "", ",", '"', "'", "\n", "\r", "=", "[", "]", "[[", "#", "\0", "-", "1e999", "nan", "inf", "true", "0",
        "-1", "９", "雪", "999999999999999999999", "1" * 5000, "2026-01-01", "10m", "{", "}", "\\u0000", '"""', "🐧",
        "\u2028", "x" * 300, "../", "/", ";", "\t", "id", "__class__", "[[levels]]\n", "\ufeff",
    ]
)  # fmt: skip


def outcome(files: dict[str, bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = shutil.copytree(GOOD, Path(folder) / "site")
        for name, content in files.items():
            (site / name).write_bytes(content)
        checked = check_site(site, Known(codecs=frozenset({"yukimori", "chirpstack"})))
        for note in checked.mistakes + checked.warnings:
            assert "\n" not in str(note)
            assert note.message
        if load_site_fails(site):
            assert check_site(site).site is None


def load_site_fails(site: Path) -> bool:
    try:
        load_site(site)
    except ConfigError:
        return True
    return False


@settings(max_examples=examples(150), deadline=None)
@given(file=st.sampled_from(FILES), place=st.floats(0, 1), length=st.integers(0, 12), word=WORDS)
def test_a_piece_replaced_by_a_word(file: str, place: float, length: int, word: str) -> None:
    text = (GOOD / file).read_text(encoding="utf-8")
    start = int(place * len(text))
    outcome({file: (text[:start] + word + text[start + length :]).encode()})


@settings(max_examples=examples(100), deadline=None)
@given(file=st.sampled_from(FILES), place=st.floats(0, 1), noise=st.binary(max_size=40))
def test_bytes_put_in_anywhere(file: str, place: float, noise: bytes) -> None:
    content = (GOOD / file).read_bytes()
    start = int(place * len(content))
    outcome({file: content[:start] + noise + content[start:]})


@settings(max_examples=examples(60), deadline=None)
@given(file=st.sampled_from(FILES), content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_a_file_of_noise(file: str, content: bytes) -> None:
    outcome({file: content})


VALUES = st.recursive(
    st.sampled_from(['""', '"x"', "1", "-1", "1.5", "true", "inf", "nan", "2026-01-01", "12:00:00", "9" * 400]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: f"[{', '.join(parts)}]")
        | st.lists(inner, max_size=2).map(
            lambda parts: "{" + ", ".join(f"k{number} = {part}" for number, part in enumerate(parts)) + "}"
        )
    ),
    max_leaves=5,
)
TOML = [file for file in FILES if file.endswith(".toml") and not file.endswith(".test.toml")]


@settings(max_examples=examples(200), deadline=None)
@given(data=st.data(), file=st.sampled_from(TOML), value=VALUES)
def test_a_value_of_another_shape(data: st.DataObject, file: str, value: str) -> None:
    lines = (GOOD / file).read_text(encoding="utf-8").splitlines()
    keys = [number for number, line in enumerate(lines) if " = " in line]
    number = data.draw(st.sampled_from(keys))
    lines[number] = f"{lines[number].partition(' = ')[0]} = {value}"
    outcome({file: "\n".join(lines).encode()})


CELLS = st.one_of(WORDS, st.text(max_size=20)).map(lambda text: '"' + text.replace('"', '""') + '"')


@settings(max_examples=examples(150), deadline=None)
@given(data=st.data(), file=st.sampled_from([file for file in FILES if file.endswith(".csv")]), cell=CELLS)
def test_a_cell_of_another_content(data: st.DataObject, file: str, cell: str) -> None:
    rows = [line.split(",") for line in (GOOD / file).read_text(encoding="utf-8").splitlines()]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.integers(0, len(row) - 1))] = cell
    outcome({file: "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")})
