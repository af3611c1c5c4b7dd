"""Words of the page on which a browser asks to be told."""

from __future__ import annotations

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "notify": ("お知らせの受け取り", "Get notified"),
    "notify_lead": (
        "市町村からの避難や大雪のお知らせを、このブラウザーで受け取れます。氏名や住所は登録しません。",
        "This browser can receive the town's messages on evacuation and heavy snow. No name or address is asked for.",
    ),
    "notify_limits": (
        "電波が届かないとき、電池が切れているときは届きません。防災行政無線やテレビ、ラジオも確認してください。",
        "Nothing arrives without a signal or with an empty battery. Mind the town's loudspeakers, television and radio too.",
    ),
    "notify_none": (
        "この市町村では、ブラウザーへのお知らせは行っていません。",
        "This town does not send messages to browsers.",
    ),
    "notify_missing": (
        "このブラウザーはお知らせに対応していません。iPhone・iPadでは、ページを「ホーム画面に追加」してから開いてください。",
        "This browser cannot receive messages. On an iPhone or iPad add the page to the home screen and open it from there.",
    ),
    "notify_blocked": (
        "ブラウザーの設定でお知らせが止められています。設定で許可してから、もう一度開いてください。",
        "The browser's settings block messages. Allow them there and open this page again.",
    ),
    "notify_channel": ("お知らせの種類", "Messages"),
    "notify_language": ("言葉", "Language"),
    "notify_ja": ("日本語", "日本語"),
    "notify_easy": ("やさしい日本語", "やさしい日本語"),
    "notify_en": ("English", "English"),
    "notify_ask": ("受け取る", "Notify me"),
    "notify_leave": ("受け取りをやめる", "Stop"),
    "notify_on": ("このブラウザーで受け取ります。", "This browser is being notified."),
    "notify_off": ("いまは受け取っていません。", "This browser is not being notified."),
    "notify_working": ("確かめています", "Looking"),
    "notify_failed": (
        "できませんでした（{reason}）。しばらくしてからもう一度お試しください。",
        "That did not work ({reason}). Please try again in a while.",
    ),
    "notify_kept": (
        "市町村が保存するのは、ブラウザーの会社の配信先番号と暗号の鍵だけです。やめると消えます。",
        "The town keeps the delivery address at your browser's maker and two keys, nothing else; it is erased when you stop.",
    ),
}


def notify_words(language: Language) -> dict[str, str]:
    """Every word of the page in one language, by key."""
    return {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}
