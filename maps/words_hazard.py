"""Words of the map's 「この場所」 and of the hazard page around the report; the report's own are in ``hazard_sentences``."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "hazard_here": ("この場所の危険", "Hazards at this place"),
    "hazard_button": ("この場所", "This place"),
    "hazard_button_title": (
        "地図の中心の危険を調べる",
        "Hazards at the centre of the map",
    ),
    "hazard_own": ("現在地で調べる", "Use my position"),
    "hazard_centre": ("地図の中心で調べる", "Use the centre of the map"),
    "hazard_loading": ("調べています", "Looking it up"),
    "hazard_failed": (
        "この場所の危険を調べられませんでした。何もないという意味ではありません。",
        "The hazards here could not be looked up. That does not mean there are none.",
    ),
    "hazard_no_position": (
        "現在地を取得できませんでした。地図を押すか、地図の中心で調べてください。",
        "Your position could not be found. Tap the map, or use its centre.",
    ),
    "hazard_beyond": (
        "この地図の範囲の外です。そこのことは、この地図では分かりません。その場所の市町村のハザードマップを確認してください。",
        "Outside this map. Nothing is known there. See the hazard map of the municipality of that place.",
    ),
    "hazard_as_of": ("{time} 現在", "As of {time}"),
    "hazard_page": ("文章で見る・印刷する", "Read or print as a page"),
    "hazard_easy": ("やさしい日本語", "やさしい日本語"),
}
