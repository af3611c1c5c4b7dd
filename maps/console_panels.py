"""The panels of the console beside its first view. To add one: a module in ``static/js`` and a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from maps.words import Language
from maps.words_accounts import account_words
from maps.words_compose import compose_words
from maps.words_exercises import exercise_words
from maps.words_rules import rule_words


def _nothing(_: Language) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel: its tab's name in Japanese and English, and the script that fills it.

    ``module`` is a file of ``static/js`` that exports ``start({root, board, say, count})``: ``root`` is the panel's own element,
    ``count(n, urgent)`` puts a number on its tab. What ``start`` answers may have ``shown()``, called each time the panel is
    opened, and ``open(what)``, called by ``board.openPanel(id, what)``. ``template`` is a partial of ``templates`` put into the panel,
    empty: the script makes everything. ``styles`` are files of ``static/css``; ``words`` are the panel's own words.
    """

    id: str
    ja: str
    en: str
    module: str
    template: str = ""
    styles: tuple[str, ...] = ()
    words: Callable[[Language], Mapping[str, str]] = _nothing

    def title(self, language: Language) -> str:
        """The tab's name."""
        return self.ja if language == "ja" else self.en


PANELS: tuple[Panel, ...] = (
    Panel(
        id="messages",
        ja="住民へのお知らせ",
        en="Messages",
        module="compose.js",
        template="compose_part.html.j2",
        styles=("compose.css",),
        words=compose_words,
    ),
    Panel(id="silences", ja="一時停止", en="Silences", module="console_silences.js"),
    Panel(id="outbox", ja="配信", en="Delivery", module="console_outbox.js"),
    Panel(id="places", ja="避難所・通行止め", en="Shelters, roads", module="console_places.js"),
    Panel(id="warnings", ja="気象庁", en="JMA", module="console_warnings.js"),
    Panel(id="rules", ja="規則", en="Rules", module="console_rules.js", words=rule_words),
    Panel(id="system", ja="システム", en="System", module="console_system.js"),
    Panel(id="exercises", ja="訓練", en="Exercises", module="console_exercises.js", words=exercise_words),
    Panel(
        id="accounts",
        ja="アカウント",
        en="Accounts",
        module="console_accounts.js",
        styles=("accounts.css",),
        words=account_words,
    ),
    Panel(id="audit", ja="監査", en="Audit", module="console_audit.js"),
)
"""In the order of their tabs."""
