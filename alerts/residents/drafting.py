"""From what a person wishes to the content of a message: nothing here is stored or decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from alerts.residents.facts import hazard_of, known_values
from alerts.residents.lifecycle import Content
from alerts.residents.outgoing import too_long
from alerts.residents.recipients import resident_audiences
from alerts.residents.refusal import RefusedError
from alerts.residents.rendering import clean_text, clean_values, rendered, wrong_with
from config.message_plan import MessageTemplate
from config.model import Site
from core.resident_messages import LANGUAGES, MessageHazard, Mode, ResidentMessage, Signature, Text, Values
from core.resident_words import Finding, plain
from store.messages import EpisodeFacts

LONGEST_AREA = 60
_MEASURED = (MessageHazard.RIVER, MessageHazard.SNOW, MessageHazard.CHANNEL)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks to be written. ``texts`` are those typed by hand; None leaves a part as it is."""

    values: Mapping[str, Mapping[str, str]] | None = None
    texts: Mapping[str, Text] | None = None
    area: str | None = None
    audiences: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a message is about besides what is typed: the episode it is proposed from, or the message it refers to."""

    episode: UUID | None = None
    facts: EpisodeFacts | None = None
    refers_to: ResidentMessage | None = None


class Drafting:
    """Makes the content of messages of one site, live or the stand-in of an exercise."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._templates = {template.id: template for template in site.messages}
        self.mode = Mode.EXERCISE if site.exercise else Mode.LIVE

    def template(self, name: str) -> MessageTemplate:
        """A template that can be used; raises RefusedError where there is none of that name, or it is a draft."""
        template = self._templates.get(name)
        if template is None or not template.active:
            raise RefusedError("template", "このひな形は使えません。", f"There is no active template {name[:64]!r}.")
        return template

    def message(
        self, number: UUID, template: MessageTemplate, wish: Wish, about: About, by: Signature
    ) -> ResidentMessage:
        """A draft of a template; raises RefusedError where the wish or what it is about does not fit."""
        origin, facts = about.refers_to, about.facts
        if facts is not None:
            _check_about(template, facts)
        residents = tuple(one.id for one in resident_audiences(self._site))
        # Templates name the audiences of real life; in an exercise there are others.
        usual = template.audiences if template.audiences and not self._site.exercise else residents
        message = ResidentMessage(
            id=number,
            mode=self.mode,
            kind=template.kind,
            template=template.id,
            hazard=origin.hazard if origin else template.hazard,
            area=origin.area if origin else (template.areas[0] if template.areas else self._site.name_ja),
            level=origin.level if origin else template.level,
            audiences=origin.audiences if origin else usual,
            texts={},
            made=by,
            values=known_values(self._site, facts.facts if facts else {}, origin),
            refers_to=origin.id if origin else None,
            episode=about.episode,
            facts=facts.facts if facts else {},
            unconfirmed=bool(facts and facts.unconfirmed),
            hands=(by.account,),
        )
        content = self.content(message, wish)
        return replace(
            message,
            values=content.values,
            texts=content.texts,
            typed=content.typed,
            area=content.area,
            audiences=content.audiences,
        )

    def content(self, message: ResidentMessage, wish: Wish) -> Content:
        """What a message says after a wish: what is not wished for stays as it is."""
        typed = {language: message.texts[language] for language in message.typed}
        if wish.texts is not None:
            typed = {language: clean_text(text) for language, text in wish.texts.items() if language in LANGUAGES}
        area = message.area if wish.area is None else _area(wish.area)
        values: Values = {**message.values, **(clean_values(wish.values) if wish.values is not None else {})}
        if area != message.area and "area" not in (wish.values or {}):
            values = {**values, "area": dict.fromkeys(LANGUAGES, area)}
        made = rendered(self.template(message.template), values)
        return Content(
            values=values,
            texts={language: typed.get(language, made[language]) for language in LANGUAGES},
            typed=tuple(language for language in LANGUAGES if language in typed),
            area=area,
            audiences=self._audiences(message.audiences if wish.audiences is None else wish.audiences),
        )

    def wrong(self, message: ResidentMessage, now: datetime) -> list[Finding]:
        """Everything that keeps a message from being submitted."""
        template = self.template(message.template)
        found = wrong_with(message, template, (self._site.name_ja, self._site.name_en))
        return found + too_long(self._site, message, now)

    def _audiences(self, wanted: Iterable[str]) -> tuple[str, ...]:
        possible = [audience.id for audience in resident_audiences(self._site)]
        unknown = [name for name in wanted if name not in possible]
        if unknown:
            raise RefusedError(
                "audience", "住民ではない送り先は選べません。", f"{unknown[0][:64]!r} is no audience of residents."
            )
        return tuple(name for name in possible if name in set(wanted))


def _check_about(template: MessageTemplate, facts: EpisodeFacts) -> None:
    if template.hazard in _MEASURED and hazard_of(facts.facts) is not template.hazard:
        raise RefusedError(
            "hazard", "警報の種類とひな形が合いません。", "The template is about another hazard than the episode."
        )


def _area(text: str) -> str:
    found = plain(text, lines=False)
    if not found or len(found) > LONGEST_AREA:
        raise RefusedError(
            "area", f"地区を{LONGEST_AREA}字までで書いてください。", f"Name an area in 1 to {LONGEST_AREA} characters."
        )
    return found
