"""From a template and what stands for its variables to the texts people read; typed text is never looked into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from alerts.residents.refusal import RefusedError
from config.message_plan import FROM_FACTS, VARIABLES, MessageTemplate, filled, variables_of
from core.resident_messages import LANGUAGES, ResidentMessage, Text, Texts, Values
from core.resident_words import (
    SUBJECT_LONGEST,
    TEXT_LONGEST,
    VALUE_LONGEST,
    VARIABLE_NAMES_JA,
    Finding,
    findings,
    hosts_of,
    plain,
)

_MISSING = {"ja": "［{}］", "easy": "［{}］", "en": "[{}]"}
_LANGUAGES_JA = {"ja": "日本語", "easy": "やさしい日本語", "en": "英語"}


def name_of(variable: str) -> str:
    """What a variable is called on the Japanese screen."""
    return VARIABLE_NAMES_JA[variable]


def clean_values(values: Mapping[str, Mapping[str, str]]) -> Values:
    """The values as they may stand in a text: known variables and languages only, no control characters.

    Raises RefusedError for a name nobody knows or a value that is too long.
    """
    for name, texts in values.items():
        unknown = [language for language in texts if language not in LANGUAGES]
        if name not in VARIABLES or unknown:
            raise RefusedError(
                "unknown_variable", "知らない項目です。", f"There is no variable {name[:40]!r} of that language."
            )
        if any(len(text) > VALUE_LONGEST for text in texts.values()):
            raise RefusedError(
                "too_long",
                f"「{name_of(name)}」が長すぎます（{VALUE_LONGEST}字まで）。",
                f"{name} is longer than {VALUE_LONGEST} characters.",
            )
    return {
        name: {language: plain(text, lines=True) for language, text in texts.items()} for name, texts in values.items()
    }


def clean_text(text: Text) -> Text:
    """A text as typed, without control characters; raises RefusedError where it is too long."""
    found = Text(plain(text.subject, lines=False), plain(text.text, lines=True))
    for length, longest, ja in (
        (len(found.subject), SUBJECT_LONGEST, "件名"),
        (len(found.text), TEXT_LONGEST, "本文"),
    ):
        if length > longest:
            raise RefusedError(
                "too_long",
                f"{ja}が長すぎます（{length}字、{longest}字まで）。",
                f"{length} characters, at most {longest}.",
            )
    return found


def rendered(template: MessageTemplate, values: Values) -> Texts:
    """The template's texts with every variable filled in; what nobody said stands as its name in brackets."""
    return {language: _rendered(text, language, values) for language, text in template.texts.items()}


def _rendered(text: Text, language: str, values: Values) -> Text:
    used = variables_of(f"{text.subject}\n{text.text}")
    filling = {name: _value(name, language, values) or _missing(name, language) for name in used}
    one_line = {name: " ".join(value.split("\n")) for name, value in filling.items()}
    return Text(filled(text.subject, one_line), filled(text.text, filling))


def _value(name: str, language: str, values: Values) -> str:
    """The value of a language; やさしい日本語 takes the Japanese one where it has none of its own."""
    given = values.get(name, {})
    return given.get(language, "") or (given.get("ja", "") if language == "easy" else "")


def _missing(name: str, language: str) -> str:
    return _MISSING[language].format(name if language == "en" else name_of(name))


def missing(template: MessageTemplate, values: Values, typed: Iterable[str]) -> list[tuple[str, str]]:
    """The variables nobody said, each with the language; of languages typed by hand none."""
    return [
        (name, language)
        for language in LANGUAGES
        if language not in typed
        for name in dict.fromkeys(variables_of(f"{template.texts[language].subject}\n{template.texts[language].text}"))
        if not _value(name, language, values)
    ]


def wrong_with(message: ResidentMessage, template: MessageTemplate, names: tuple[str, ...]) -> list[Finding]:
    """Everything that keeps the texts from being submitted, each with the language it is in; ``names`` are the town's own."""
    texts, hazard, mode, values = message.texts, message.hazard, message.mode, message.values
    hosts = frozenset().union(*(hosts_of(f"{text.subject}\n{text.text}") for text in template.texts.values()))
    found = [_gap(name, language) for name, language in missing(template, values, message.typed)]
    for language in LANGUAGES:
        text = texts[language]
        where = _LANGUAGES_JA[language]
        if not text.subject or not text.text:
            found.append(
                Finding("empty", f"{where}：件名か本文がありません。", f"{language}: subject or text is missing.")
            )
        if len(text.subject) > SUBJECT_LONGEST or len(text.text) > TEXT_LONGEST:
            found.append(
                Finding(
                    "too_long",
                    f"{where}：長すぎます（件名{SUBJECT_LONGEST}字、本文{TEXT_LONGEST}字まで）。",
                    f"{language}: at most {SUBJECT_LONGEST} characters of subject and {TEXT_LONGEST} of text.",
                )
            )
        found += [
            Finding(one.code, f"{where}：{one.ja}", f"{language}: {one.en}")
            for one in findings(
                f"{text.subject}\n{text.text}",
                may_name_levels=hazard.may_name_levels,
                mode=mode,
                hosts=hosts,
                names=names,
            )
        ]
    return found


def _gap(name: str, language: str) -> Finding:
    return Finding(
        "missing",
        f"{_LANGUAGES_JA[language]}：「{name_of(name)}」を入れてください。",
        f"{language}: {name} is missing.",
    )


def asked(template: MessageTemplate) -> tuple[str, ...]:
    """The variables of a template a person has to say; the others come from what is known."""
    return tuple(name for name in template.variables if name not in FROM_FACTS)
