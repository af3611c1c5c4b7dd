"""Where a licence that is named in words can be read."""

from __future__ import annotations

_ADDRESSES = (
    ("CC0", "https://creativecommons.org/publicdomain/zero/1.0/deed.ja"),
    ("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/deed.ja"),
    ("CC BY-SA 4.0", "https://creativecommons.org/licenses/by-sa/4.0/deed.ja"),
    ("公共データ利用規約", "https://www.digital.go.jp/resources/open_data/public_data_license_v1.0"),
    ("国土地理院コンテンツ利用規約", "https://www.gsi.go.jp/kikakuchousei/kikakuchousei40182.html"),
    ("国土数値情報", "https://nlftp.mlit.go.jp/ksj/other/agreement.html"),
    ("ODbL", "https://opendatacommons.org/licenses/odbl/1-0/"),
)
"""How a licence is named in layer files, and its own page; the first that the words hold counts."""


def licence_address(words: str) -> str:
    """The page of the licence these words name; empty for one that is not known, which is then told in its words only."""
    return next((address for name, address in _ADDRESSES if name in words), "")
