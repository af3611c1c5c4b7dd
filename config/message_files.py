"""Reads ``messages/*.toml``: one template of a message to residents a file, named by the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from config import values
from config.fields import Table
from config.files import toml_files
from config.message_plan import VARIABLES, MessageTemplate, variables_of
from config.mistakes import Notes, WrongValueError, shown, suggest
from config.people_plan import Audience
from config.site_file import read_toml
from core.levels import Level
from core.resident_messages import LANGUAGES, MessageHazard, MessageKind, Mode, Text
from core.resident_words import SUBJECT_LONGEST, TEXT_LONGEST, findings, hosts_of, names_level, plain

FOLDER = "messages"
STATES = ("draft", "active")
FOLLOWERS = {
    "correction": MessageKind.CORRECTION,
    "withdrawal": MessageKind.WITHDRAWAL,
    "all_clear": MessageKind.ALL_CLEAR,
}
"""The keys that name the templates of what follows a message, and the kind each has to be."""

_VALID_AT_MOST = timedelta(hours=6)
_USUAL = timedelta(hours=2)
_BRACED = re.compile(r"\{([^{}]*)\}")
_LISTED = ", ".join(f"{{{name}}}" for name in VARIABLES)


def read_messages(folder: Path, notes: Notes) -> list[tuple[Table, MessageTemplate]]:
    """The templates of the folder, each with its table; wrong parts have stand-ins (noted)."""
    tables = [(name, read_toml(folder, name, notes)) for name in toml_files(folder, FOLDER, notes)]
    found = [(table, _template(name, table)) for name, table in tables if table is not None]
    _check_followers(found)
    return found


def _template(name: str, table: Table) -> MessageTemplate:
    kind = table.need("kind", values.member(MessageKind, "a kind of message"), MessageKind.MESSAGE)
    template = MessageTemplate(
        id=_id_of(name, table),
        title_ja=table.need("title_ja", values.text, ""),
        title_en=table.need("title_en", values.text, ""),
        kind=kind,
        hazard=table.need("hazard", values.member(MessageHazard, "a hazard"), MessageHazard.GENERAL),
        level=table.may("level", values.level, Level.CAUTION),
        audiences=table.texts("audiences", values.identifier),
        areas=table.texts("areas", values.text),
        active=table.may("state", values.one_of(STATES, "a state"), "draft") == "active",
        valid_for=table.may("valid_for", values.positive_duration, _USUAL),
        texts={language: _text(table.table(language)) for language in LANGUAGES},
        correction=table.may("correction", values.identifier, ""),
        withdrawal=table.may("withdrawal", values.identifier, ""),
        all_clear=table.may("all_clear", values.identifier, ""),
    )
    if template.valid_for > _VALID_AT_MOST:
        table.mistake("valid_for", "longer than 6h", "an old message does harm: at most six hours")
    _check_words(table, template)
    _check_hazard(table, template)
    table.finish()
    return template


def _id_of(name: str, table: Table) -> str:
    try:
        return values.identifier(Path(name).stem)
    except WrongValueError as wrong:
        table.mistake("", f"the file name: {wrong}", wrong.hint)
        return ""


def _text(table: Table) -> Text:
    text = Text(table.need("subject", values.text, ""), table.need("text", _lines, ""))
    for key, found, longest in (("subject", text.subject, SUBJECT_LONGEST), ("text", text.text, TEXT_LONGEST)):
        if len(found) > longest:
            table.mistake(key, f"{len(found)} characters, at most {longest} can be sent", "say less")
        _check_variables(table, key, found)
    table.finish()
    return text


def _lines(value: object) -> str:
    """Text of one or several lines, not blank."""
    if not isinstance(value, str):
        raise WrongValueError(f"expected text in quotes, found {values.kind_of(value)}", 'write it as """…"""')
    found = plain(value, lines=True)
    if not found:
        raise WrongValueError("expected text, found nothing")
    if found != "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").split("\n")).strip():
        raise WrongValueError("the text holds control or invisible characters", "write it anew by hand")
    return found


def _check_variables(table: Table, key: str, text: str) -> None:
    """Braces hold the name of a variable and nothing else: no attribute, no index, no format, no expression."""
    for inside in _BRACED.findall(text):
        if inside not in VARIABLES:
            hint = suggest(inside, VARIABLES) if re.fullmatch(r"[a-z_]+", inside) else f"possible: {_LISTED}"
            table.mistake(key, f"there is no variable {shown('{' + inside + '}')}", hint)
    if re.search(r"[{}]", _BRACED.sub("", text)):
        table.mistake(
            key, "a brace is left open or stands alone", "a variable is written {area}, with one pair of braces"
        )


def _check_words(table: Table, template: MessageTemplate) -> None:
    """What may stand in a template; it may link to any host, by https. Braces were judged already."""
    may_name = template.hazard.may_name_levels
    for language, text in template.texts.items():
        for key, found in (("subject", text.subject), ("text", text.text)):
            bare = re.sub(r"[{}]", "", _BRACED.sub("", found))
            for finding in findings(bare, may_name_levels=may_name, mode=Mode.LIVE, hosts=hosts_of(bare)):
                table.mistake(f"{language}.{key}", finding.en.rstrip("."), finding.ja)


def _check_hazard(table: Table, template: MessageTemplate) -> None:
    named = [language for language, text in template.texts.items() if names_level(f"{text.subject}\n{text.text}")]
    for language in named:
        if template.hazard.may_name_levels and "issuer" not in variables_of(template.texts[language].text):
            hint = "write {issuer} into the text: who issued it, and when (発令者・発令時刻)"
            table.mistake(f"{language}.text", "a 警戒レベル stands in it without who issued it", hint)
    if template.hazard is MessageHazard.ANY and template.kind is MessageKind.MESSAGE:
        table.mistake("hazard", "“any” is for templates that follow a message", "name the hazard")


def _check_followers(found: Sequence[tuple[Table, MessageTemplate]]) -> None:
    """What may have to follow is ready before a template can be used."""
    known = {template.id: template for _, template in found}
    for table, template in found:
        for key, kind in FOLLOWERS.items():
            _check_follower(table, template, key, kind, known)


def _check_follower(
    table: Table, template: MessageTemplate, key: str, kind: MessageKind, known: dict[str, MessageTemplate]
) -> None:
    name: str = getattr(template, key)
    if template.kind is not MessageKind.MESSAGE:
        if name:
            table.mistake(key, "only a template of kind “message” names what follows it", "leave it out")
        return
    possible = [other.id for other in known.values() if other.kind is kind]
    if not name:
        if template.active:
            hint = f"name a template of kind “{kind.value}”; {suggest('', possible)}".rstrip("; ")
            table.mistake(key, "an active template needs it: it must be ready before the message can go out", hint)
    elif name not in known:
        table.mistake(key, f"there is no template {shown(name)}", suggest(name, possible))
    elif known[name].kind is not kind:
        table.mistake(
            key, f"{shown(name)} is of kind “{known[name].kind.value}”, not “{kind.value}”", suggest("", possible)
        )
    elif template.active and not known[name].active:
        table.mistake(key, f"{shown(name)} is not active", f"write state = “active” in {FOLDER}/{name}.toml first")
    elif known[name].hazard not in (MessageHazard.ANY, template.hazard):
        table.mistake(key, f"{shown(name)} is about another hazard", "use one of the same hazard, or of “any”")


def check_audiences(found: Iterable[tuple[Table, MessageTemplate]], audiences: Sequence[Audience]) -> None:
    """Check the audiences templates name: they must be there and be residents."""
    residents = {audience.id for audience in audiences if audience.residents}
    for table, template in found:
        for name in template.audiences:
            if name and name not in residents:
                known = any(audience.id == name for audience in audiences)
                what = f"{shown(name)} are not residents" if known else f"there is no audience {shown(name)}"
                table.mistake("audiences", what, suggest(name, residents) or "people.toml says who residents are")
