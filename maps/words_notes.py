"""Words of the page on which staff reads what crews reported."""

from __future__ import annotations

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "notes": ("除雪班からの報告", "Reports of crews"),
    "notes_lead": (
        "除雪車の乗務員が現場から送った報告です。職員用のページです。",
        "What crews of ploughs reported from the road. A page for staff.",
    ),
    "notes_show": ("表示する報告", "Reports to show"),
    "notes_open": ("未対応", "Open"),
    "notes_settled": ("対応済み", "Dealt with"),
    "notes_all": ("すべて", "All"),
    "notes_again": ("読み直す", "Read again"),
    "notes_by": ("対応した人（任意）", "Who deals with it (may be left out)"),
    "notes_loading": ("報告を読み込んでいます", "Loading the reports"),
    "notes_failed": (
        "できませんでした（{reason}）。しばらくしてからもう一度お試しください。",
        "That did not work ({reason}). Please try again in a while.",
    ),
    "notes_none": ("報告はありません", "There are no reports"),
    "notes_count": ("{count} 件", "{count} reports"),
    "notes_more": (
        "新しい順に {count} 件だけを表示しています。これより古い報告もあります。",
        "Only the newest {count} are shown; there may be older ones.",
    ),
    "notes_of": ("{vehicle}、{time}", "{vehicle}, {time}"),
    "notes_place": ("地図で場所を見る", "Show the place on the map"),
    "notes_accuracy": ("位置の誤差は約 {metres} m", "The position is accurate to about {metres} m"),
    "notes_no_place": ("位置は届いていません", "No position came with it"),
    "notes_photo": ("{kind}の写真（{time}）", "Photo: {kind} ({time})"),
    "notes_photo_failed": ("写真を読み込めませんでした", "The photo could not be loaded"),
    "notes_settle": ("対応済みにする", "Mark as dealt with"),
    "notes_reopen": ("未対応に戻す", "Open again"),
    "notes_settled_at": ("対応済み（{time}、{by}）", "Dealt with ({time}, {by})"),
    "notes_settled_now": ("対応済みにしました", "Marked as dealt with"),
    "notes_reopened_now": ("未対応に戻しました", "Opened again"),
}


def notes_words(language: Language) -> dict[str, str]:
    """The words of the page in one language by key."""
    return {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}
