"""The words of the page about accessibility: what was tested against, how, with what result, and what was not tested.

The same facts stand in docs/accessibility.md; a test compares the two where they count.
"""

from __future__ import annotations

from dataclasses import dataclass

AXE_VERSION = "4.11.0"
"""The axe-core the tests run (package-lock.json)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A heading and the sentences below it, Japanese and English side by side."""

    title: tuple[str, str]
    texts: tuple[tuple[str, str], ...]


TITLE = ("アクセシビリティ", "Accessibility")

LEAD = (
    (
        "だれもが必要な情報を受け取れるように、JIS X 8341-3:2016 の適合レベル AA（WCAG 2.1 の AA を含む）を目標に作り、"
        "プログラムを変えるたびに自動で試験しています。"
    ),
    (
        "These pages are made for everyone. The aim is level AA of JIS X 8341-3:2016 and of WCAG 2.1; automatic tests run with "
        "every change of the program."
    ),
)

PARTS: tuple[Part, ...] = (
    Part(
        ("できること", "What you can rely on"),
        (
            (
                "地図に出ている情報は、すべて表でも読めます。",
                "Everything on the map can also be read as a table.",
            ),
            (
                "すべての操作がキーボードだけでできます。地図は矢印キーで動かし、「この場所」で中心の危険を調べられます。",
                "Everything works by keyboard alone. Arrow keys move the map; “This place” tells the hazards at its centre.",
            ),
            (
                "自動の更新は「更新を止める」でいつでも止められます。止めている間の件数も表示します。",
                "“Pause updates” stops everything that changes by itself; what is held back is counted.",
            ),
            (
                "色だけで区別しません。形・模様・言葉を必ず添えています。",
                "Nothing is told by colour alone: shapes, hatches and words stand beside it.",
            ),
            (
                "文字を 400% まで大きくしても、横に動かさずに読めます（表の中を除く）。動きを減らす設定に従います。",
                "Text can be enlarged to 400 % without scrolling sideways (tables apart). Reduced motion is respected.",
            ),
        ),
    ),
    Part(
        ("試験の方法と結果", "How it was tested, and the result"),
        (
            (
                f"自動検査：axe-core {AXE_VERSION} を、すべての種類のページに、明るい画面・暗い画面、スマートフォン・パソコンの幅で実行。違反 0 件。",
                (
                    f"Automatic checks: axe-core {AXE_VERSION} on every kind of page, light and dark, at the widths of phones and "
                    "desktops: no violations."
                ),
            ),
            (
                "操作の試験：キーボードだけで地図・一覧・この場所・観測所を操作。焦点（フォーカス）が見えること、抜け出せること、元に戻ることを確認。",
                "By keyboard alone: map, lists, this place and stations are operated; focus is visible, never trapped, and returns.",
            ),
            (
                "表示の試験：幅 320 ピクセル（400% 拡大に相当）、文字の間隔の変更、動きを減らす設定、押せる部分の大きさ（44 ピクセル以上）。",
                "Display: 320 pixels wide (as at 400 % zoom), wider text spacing, reduced motion, targets of at least 44 pixels.",
            ),
            (
                "模様・記号の見分け：ハザードの区分の記号と輪郭は、明暗どちらの背景でも 3:1 以上のコントラストを計算で確認。",
                "Marks: a contrast of at least 3:1 on light and dark grounds is computed for all that carries meaning.",
            ),
        ),
    ),
    Part(
        ("まだ確かめていないこと", "What has not been tested"),
        (
            (
                "読み上げソフトや点字ディスプレイの利用者による試験、高齢の方による試験はまだ行っていません。",
                "No tests yet with people who use screen readers or braille displays, nor with older people.",
            ),
            (
                "規格への「準拠」を示す公式な試験（JIS X 8341-3:2016 附属書 JB）は行っていません。",
                "No formal conformance test (JIS X 8341-3:2016, annex JB) has been made; none is claimed.",
            ),
            (
                "地図の絵そのものは読み上げられません。同じ内容を表と文章で用意しています。",
                "The picture of the map itself is not read aloud; the same facts are there as tables and sentences.",
            ),
            (
                "地理院タイルを背景に選んだときの見やすさ、公開データの中の文章の読みやすさは対象外です。",
                "Not covered: contrast over GSI Tiles where chosen as base map, and the wording inside published data.",
            ),
        ),
    ),
)

CONTACT_TITLE = ("お問い合わせ", "Contact")
CONTACT = (
    "読めない、使えないところがあれば、ページのアドレスとお使いの機器を添えてお知らせください。必要な情報は別の方法でもお伝えします。",
    "If something cannot be read or used, please tell us the page and your device. We will give you the information another way.",
)
NO_CONTACT = (
    "お問い合わせ先は市町村のホームページをご覧ください。",
    "See the municipality’s own website for how to reach it.",
)
