"""What stands beside the map: legend of what is drawn, values of stations, names of shelters, where the data come from.

How many lines a block needs is reckoned, so that the largest letters that have room are taken, and lists that have none go to a
further page; nothing is cut off.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from core.model import Hazard
from maps.facts import ValueRow, Wording
from maps.hazard_words import HAZARD_WORDS
from maps.print_content import SheetContent, without_remark
from maps.print_labels import width_of
from maps.print_legend import Block, Item, legend_blocks, plain_title
from maps.print_looks import Ink
from maps.print_names import numbered
from maps.print_shelters import HAZARD_SIGNS
from maps.print_wish import Paper
from maps.words import Language
from maps.words_print import print_words

SWATCH_MM = 11.0
LINE = 1.36
"""The height of a line, in letters."""
_RESERVE = 1.0  # of the room, for what columns leave empty at their ends
_HEADING_LINES = 1.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """The blocks beside the map, in letters of ``letters`` mm, and those that go to a further page."""

    letters: float
    blocks: tuple[Block, ...]
    further: tuple[Block, ...]


def panel(content: SheetContent, paper: Paper, ink: Ink, say: Wording) -> Panel:
    """All that the sheet says in words, in the largest letters in which it has room.

    The legend always stands beside its map; where even small letters do not help, lists go to a further page: first that of
    the shelters, then stations, closures, and last the sources.
    """
    legend = legend_blocks(content, ink, say.language)
    lists = [*_stations(content, say), *_closures(content, say.language), *_sources(content, say.language)]
    shelters = _shelter_list(content, say.language)
    blocks = [*legend, *lists[:1], *shelters, *lists[1:]]
    for letters in paper.letters:
        if _fits(blocks, paper, letters):
            return Panel(letters=letters, blocks=tuple(blocks), further=())
    letters, kept, further = paper.letters[-1], list(blocks), []
    for block in [*shelters, *lists]:
        if _fits(kept, paper, letters):
            break
        kept.remove(block)
        further.append(block)
    return Panel(letters=letters, blocks=tuple(kept), further=tuple(further))


def lines_of(block: Block, width: float, letters: float) -> float:
    """How many lines a block needs in a column of ``width`` mm."""
    found = _HEADING_LINES if block.level == 2 else 1.5
    found += max(0.0, _rows(block.heading, width, letters) - 1)
    for item in block.lines:
        room = width - (SWATCH_MM if item.swatch else 0) - width_of(item.sign, letters)
        found += max(_rows(item.words + item.small, room, letters), 1.35 if item.swatch else 1.0)
    return found + sum(_rows(words, width, letters) for words in block.notes) + 0.6


def _fits(blocks: Sequence[Block], paper: Paper, letters: float) -> bool:
    needed = sum(lines_of(block, paper.column_width, letters) for block in blocks) * letters * LINE
    return needed <= paper.column_height * paper.columns * _RESERVE


def _rows(words: str, width: float, letters: float) -> int:
    return max(1, math.ceil(width_of(words, letters) * 1.05 / width))


def _stations(content: SheetContent, say: Wording) -> list[Block]:
    rows = [each.row for each in content.stations if each.row]
    if not rows:
        return []
    mark = say.words["fictitious"]
    items = tuple(
        Item(
            words=f"{row.name}{f'（{mark}）' if row.fictitious else ''} {row.label} {row.value} {row.unit}",
            small=" " + "・".join([row.state.word, row.age, *_doubts(row, say)]),
        )
        for row in rows
    )
    return [Block(heading=print_words(say.language)["stations"], lines=items)]


def _doubts(row: ValueRow, say: Wording) -> list[str]:
    """That nobody has confirmed its alert yet, and that its value is in doubt."""
    return [
        say.words[word] for word, holds in (("unconfirmed", row.unconfirmed), ("suspect", row.state.suspect)) if holds
    ]


def _shelter_list(content: SheetContent, language: Language) -> list[Block]:
    """The names behind the numbers, and what each place is for."""
    if not content.shelters:
        return []
    spoken, index = print_words(language), 0 if language == "ja" else 1
    by_number = numbered(content.shelters)
    used = [hazard for hazard in HAZARD_SIGNS if any(hazard in each.hazards for each in content.shelters)]
    join = "" if language == "ja" else " "
    items = tuple(
        Item(
            words=each.name,
            sign=f"{each.number} " if by_number else "",
            small="".join(
                (
                    f" {join.join(HAZARD_SIGNS[hazard][index] for hazard in each.hazards)}",
                    f" {each.state}" if each.state else "",
                )
            ),
        )
        for each in content.shelters
    )
    key = _hazard_key(used, language)
    notes = (*((f"{spoken['shelter_signs']}：{key}",) if used else ()), spoken["shelter_open_note"])
    heading = spoken["shelter_list"] if by_number else spoken["shelters"]
    return [Block(heading=heading, lines=items, notes=notes)]


def _hazard_key(used: Sequence[str], language: Language) -> str:
    index, whole = (0, 0) if language == "ja" else (1, 2)
    return ("、" if language == "ja" else ", ").join(
        f"{HAZARD_SIGNS[hazard][index]}={HAZARD_WORDS[Hazard(hazard)][whole]}" for hazard in used
    )


def _closures(content: SheetContent, language: Language) -> list[Block]:
    found = []
    for each in content.drawn:
        if each.layer.kind != "closures":
            continue
        rows = [line.properties for line in each.drawing.lines] + [point.properties for point in each.drawing.points]
        items = tuple(
            Item(
                words=without_remark(str(row.get("name") or "")),
                small=" ".join(
                    part
                    for part in (
                        "",
                        str(row.get(f"kind_{language}") or ""),
                        str(row.get("reason") or ""),
                        f"{_on_paper(row.get('from'))}～{_on_paper(row.get('until'))}",
                    )
                ),
            )
            for row in rows
        )
        if items:
            found.append(
                Block(heading=print_words(language)["closures"], lines=items, fictitious=each.layer.fictitious)
            )
    return found


def _on_paper(time: object) -> str:
    """A date as it is, an instant of the town's time to the minute without its offset; nothing where nobody said."""
    return str(time or "")[:16].replace("T", " ")


def _sources(content: SheetContent, language: Language) -> list[Block]:
    """Every layer on the sheet with its date, credit and licence; what is missing, and why."""
    spoken = print_words(language)
    shown = [each for each in content.drawn if each.drawing.codes]
    by_terms: dict[tuple[str, str, str], list[str]] = {}
    for each in shown:
        terms = (each.layer.credit, each.layer.licence, each.layer.date)
        by_terms.setdefault(terms, []).append(plain_title(each, language))
    items = [
        Item(words=("、" if language == "ja" else ", ").join(titles), small=f" {credit} ／ {licence} ／ {date}")
        for (credit, licence, date), titles in by_terms.items()
    ]
    items.extend(Item(words=each, small=f" {spoken['absent']}") for each in content.absent)
    items.extend(Item(words=each, small=f" {spoken['failed']}") for each in content.failed)
    return [Block(heading=spoken["sources"], lines=tuple(items))] if items else []
