"""Words of the map's layers and of what lies beneath them."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "theme_town": ("まちの情報", "Town"),
    "layer_group_hazard": ("ハザード（災害の想定）", "Hazards"),
    "layer_group_exposure": ("想定区域にかかる施設・道路", "Sites and roads in hazard areas"),
    "layer_group_shelter": ("避難", "Evacuation"),
    "layer_group_town": ("まちの情報", "Town"),
    "layer_group_base": ("背景地図", "Base map"),
    "layers_choose": ("地図に重ねるものを選べます。", "Choose what to lay over the map."),
    "layer_partly": (
        "「{title}」の一部を読み込めませんでした。色がない所も、安全という意味ではありません。",
        "Parts of “{title}” could not be loaded. Places without colour are not therefore safe.",
    ),
    "layer_unlisted": ("区分が不明：{count} 件（灰色で表示）", "Class unknown: {count} (drawn grey)"),
    "layer_count": ("{count} 件", "{count} features"),
    "layer_table": ("表で見る", "As a table"),
    "zoom_too_near": (
        "拡大しすぎ：データの精度を超えています（{title}）",
        "Zoomed in beyond the precision of the data ({title})",
    ),
    "zoom_too_far": (
        "縮小しすぎ：「{title}」はもう少し拡大すると表示されます",
        "Zoomed out too far: zoom in to see “{title}”",
    ),
    "gsi": ("地理院タイル", "GSI Tiles"),
    "gsi_switch": ("地理院タイルを背景にする", "Use GSI Tiles as the base map"),
    "gsi_note": (
        "国土地理院のサーバーから読み込みます。届かないときは、この町の背景地図に戻ります。",
        "Loaded from the Geospatial Information Authority of Japan. If they fail, the town's own base map returns.",
    ),
    "gsi_failed": (
        "地理院タイルを読み込めないため、この町の背景地図に戻しました。",
        "GSI Tiles could not be loaded; the town's own base map is shown instead.",
    ),
    "base_failed": (
        "背景地図の一部を読み込めませんでした。重ねた情報はそのまま使えます。",
        "Parts of the base map could not be loaded. What lies over it still works.",
    ),
    "print_page": ("印刷用の地図（A3・A4）", "Map for printing (A3, A4)"),
    "no_name": ("名称なし", "Unnamed"),
}
