"""Every word the pages show, Japanese and English side by side; pages and scripts read the same table.

Terms are the official ones: 氾濫危険水位 and its kin are the Ministry of Land's names for gauge heights, 積雪深 and
降雪量 the Meteorological Agency's, 指定緊急避難場所 the Disaster Countermeasures Basic Act's. ``{name}`` marks a
place a script fills in with plain text.
"""

from __future__ import annotations

from typing import Literal

from maps.words_alerts import WORDS as ALERT_WORDS
from maps.words_announcements import WORDS as ANNOUNCEMENT_WORDS
from maps.words_closures import WORDS as CLOSURE_WORDS
from maps.words_hazard import WORDS as HAZARD_WORDS
from maps.words_map import WORDS as MAP_WORDS
from maps.words_roads import WORDS as ROAD_WORDS
from maps.words_shelters import WORDS as SHELTER_WORDS
from maps.words_static import WORDS as STATIC_WORDS
from maps.words_warnings import WORDS as WARNING_WORDS

Language = Literal["ja", "en"]

_WORDS: dict[str, tuple[str, str]] = {
    # shell
    "product": ("雪守", "Yukimori"),
    "skip": ("一覧へ移動", "Skip to the list"),
    "skip_main": ("本文へ移動", "Skip to content"),
    "map": ("地図", "Map"),
    "map_label": (
        "観測所と除雪車の地図。同じ内容は一覧表にもあります",
        "Map of stations and snowploughs. The same facts are in the table",
    ),
    "table": ("一覧表", "Table"),
    "other_language": ("English", "日本語"),
    "pages": ("ページ", "Pages"),
    "themes": ("表示するもの", "What to show"),
    "sheet": ("情報", "Information"),
    "sheet_size": ("情報欄を広げる・たたむ", "Expand or fold the panel"),
    "close": ("閉じる", "Close"),
    "back": ("一覧に戻る", "Back to the list"),
    "zoom_in": ("拡大", "Zoom in"),
    "zoom_out": ("縮小", "Zoom out"),
    "town_view": ("全体を表示", "Whole town"),
    "scale": ("縮尺", "Scale"),
    "fictitious": ("架空", "Fictitious"),
    "fictitious_note": ("架空のデータです", "This is made-up data"),
    # freshness
    "connecting": ("接続しています", "Connecting"),
    "receiving": ("受信中", "Live"),
    "polling": ("定期更新中", "Updating regularly"),
    "as_of": ("{time} 現在", "As of {time} JST"),
    "lost": ("通信が途切れています（最終 {time}）", "Connection lost (last update {time})"),
    "halted": ("データの更新が止まっています（最終 {time}）", "Data stand still (last update {time})"),
    "lost_never": ("まだデータを受け取れていません", "No data received yet"),
    "pause": ("更新を止める", "Pause updates"),
    "resume": ("更新を再開", "Resume updates"),
    "paused": ("表示を止めています（{time} 時点）", "Paused (as of {time})"),
    "held": ("保留 {count} 件", "{count} held back"),
    "held_danger": ("保留 {count} 件・基準に達した場所の変化あり", "{count} held back, alerts changed"),
    "no_script": (
        "この地図には JavaScript が必要です。同じ内容は一覧表で見られます。",
        "The map needs JavaScript. The same facts are in the table.",
    ),
    # banner
    "situation": ("いまの状況", "Situation now"),
    "banner_loading": ("観測データを読み込んでいます", "Loading observations"),
    "banner_calm": ("現在、危険の情報はありません（{time}）", "No danger reported at present ({time})"),
    "banner_standby": (
        "現在、危険の情報はありません。待機の基準に達した所 {count} か所（{time}）",
        "No danger reported at present. {count} at standby ({time})",
    ),
    "banner_partly": (
        "{missing} か所の状況を確認できません。確認できる {known} か所に危険の情報はありません（{time}）",
        "The situation at {missing} places is unknown. No danger reported at the other {known} ({time})",
    ),
    "banner_unknown": (
        "状況を確認できません。観測データが届いていません（{time}）",
        "The situation is unknown: no observations are arriving ({time})",
    ),
    "banner_lost": (
        "状況を確認できません。通信が途切れています（最終 {time}）",
        "The situation is unknown: connection lost (last update {time})",
    ),
    "banner_halted": (
        "状況を確認できません。データの更新が止まっています（最終 {time}）",
        "The situation is unknown: the data stand still (last update {time})",
    ),
    "banner_paused": ("表示を止めています（{time} 時点）", "The display is paused (as of {time})"),
    "banner_more": ("ほか {count} 件", "and {count} more"),
    "reached": ("{level}の基準に達しています", "has reached the {level} threshold"),
    "since": ("{time} から", "since {time}"),
    # levels
    "level": ("レベル", "Level"),
    "level_normal": ("平常", "Normal"),
    "level_standby": ("待機", "Standby"),
    "level_caution": ("注意", "Caution"),
    "level_warning": ("警戒", "Warning"),
    "level_danger": ("危険", "Danger"),
    "level_unjudged": ("基準なし", "No threshold"),
    "level_unusable": ("判定不可", "Not usable"),
    "level_no_data": ("データなし", "No data"),
    "level_stale": ("更新なし", "Not updated"),
    "report_due": (
        "水位が低い間、報告は1日1回ほどです（{time} 頃までは次の報告がなくても正常）",
        "At low water it reports about once a day: no report expected before {time}",
    ),
    "offline": ("オフライン", "offline"),
    "offline_since": ("{time} から機器がオフライン", "Device offline since {time}"),
    "was_level": ("最後は{level}", "last was {level}"),
    "suspect": ("品質疑い", "Doubtful"),
    "levels_note": (
        "町が定めた基準によるこの画面の区分です。避難指示などの「警戒レベル」ではありません。",
        "Yukimori's own steps, from the town's thresholds. They are not the official evacuation alert levels.",
    ),
    # quality (QARTOD flags in plain words)
    "quality": ("品質", "Quality"),
    "quality_good": ("良好", "Good"),
    "quality_not_evaluated": ("未検査", "Not evaluated"),
    "quality_suspect": ("品質疑い", "Doubtful"),
    "quality_fail": ("不良", "Failed"),
    "quality_missing": ("欠測", "Missing"),
    # kinds and quantities
    "kind": ("種別", "Kind"),
    "kind_snow": ("積雪", "Snow"),
    "kind_river": ("河川", "River"),
    "kind_channel": ("流雪溝", "Snow channel"),
    "kind_weather": ("気象", "Weather"),
    "kind_camera": ("カメラ", "Camera"),
    "explain_snow": ("積雪深：地面に積もっている雪の深さ", "Snow depth: how deep the snow lies"),
    "explain_river": ("河川水位：量水標の零点からの水面の高さ", "River level: water height above the gauge's own zero"),
    "explain_channel": (
        "流雪溝：水の流れで雪を運ぶ道路わきの溝。水位は高すぎても低すぎても注意",
        "Snow-flushing channel beside the road; both too high and too low need care",
    ),
    "explain_weather": ("気温などの気象観測", "Air temperature and other weather"),
    "explain_camera": ("カメラ", "Camera"),
    # thresholds
    "thresholds": ("基準値", "Thresholds"),
    "threshold": ("基準値", "Threshold"),
    "threshold_source": ("基準値の出典", "Source of the thresholds"),
    "no_thresholds": ("基準値は定められていません", "No thresholds are set"),
    "low": ("下限", "Low"),
    "river_standby": ("水防団待機水位", "Flood-fighting standby level"),
    "river_caution": ("氾濫注意水位", "Flood watch level"),
    "river_warning": ("避難判断水位", "Evacuation decision level"),
    "river_danger": ("氾濫危険水位", "Flood danger level"),
    # ages
    "age": ("更新", "Updated"),
    "age_now": ("たった今", "just now"),
    "age_seconds": ("{count}秒前", "{count} s ago"),
    "age_minutes": ("{count}分前", "{count} min ago"),
    "age_hours": ("{count}時間前", "{count} h ago"),
    "age_days": ("{count}日前", "{count} d ago"),
    "age_none": ("受信なし", "never received"),
    # lists
    "stations": ("観測所", "Stations"),
    "vehicles": ("除雪車", "Snowploughs"),
    "alerts": ("基準に達している場所", "At or above a threshold"),
    "recent_alerts": ("最近おさまった場所", "Recently back to normal"),
    "no_alerts": ("基準に達している場所はありません", "Nothing is at or above a threshold"),
    "reached_only": (
        "観測値が基準に達している所があります。観測所の一覧を確認してください",
        "Some readings are at or above a threshold. Please see the stations",
    ),
    "no_stations": ("表示する観測所はありません", "No stations to show"),
    "no_vehicles": ("位置を公開中の除雪車はありません", "No snowplough positions are public now"),
    "no_shelters": ("公開されている避難場所の一覧はありません", "No list of shelters is published"),
    "unknown_yet": ("まだ分かりません", "Not known yet"),
    "vehicle_delay": (
        "除雪車の位置は {minutes} 分遅れで、誤差があります。",
        "Snowplough positions are {minutes} min delayed and inexact.",
    ),
    "vehicle_inexact": ("除雪車の位置には誤差があります。", "Snowplough positions are inexact."),
    "name": ("名称", "Name"),
    "value": ("値", "Value"),
    "unit": ("単位", "Unit"),
    "quantity": ("項目", "Quantity"),
    "place": ("所在地", "Place"),
    "river": ("河川", "River"),
    "task": ("作業", "Task"),
    "heading": ("向き", "Heading"),
    "time": ("時刻", "Time"),
    "opened": ("発生", "Opened"),
    "hazards": ("対応する災害", "Designated for"),
    "shelters": ("避難所・避難場所", "Shelters"),
    "shelter_note": (
        "避難場所は災害の種類ごとに指定されています。最新の指定は市町村に確認してください。",
        "Shelters are designated per kind of hazard. Please confirm with the municipality.",
    ),
    # tasks of ploughs
    "task_plough": ("新雪除雪", "Ploughing"),
    "task_grade": ("路面整正", "Grading"),
    "task_widen": ("拡幅", "Widening"),
    "task_haul": ("運搬排雪", "Hauling snow"),
    "task_deice": ("凍結防止剤散布", "De-icing"),
    "task_sidewalk": ("歩道除雪", "Clearing pavements"),
    "task_travel": ("移動中", "Travelling"),
    "task_idle": ("待機中", "Waiting"),
    "task_work": ("除雪作業中", "At work"),
    "task_none": ("作業の記録なし", "Task not reported"),
    # themes
    "theme_all": ("全体", "Overview"),
    "theme_snow": ("雪", "Snow"),
    "theme_river": ("川", "River"),
    "theme_channel": ("流雪溝", "Channel"),
    "theme_plough": ("除雪", "Ploughs"),
    "theme_hazard": ("ハザード", "Hazard"),
    "theme_shelter": ("避難所", "Shelters"),
    # legend and layers
    "legend": ("凡例", "Legend"),
    "layers": ("地図の層と出典", "Layers and credits"),
    "credits": ("出典", "Credits"),
    "licence": ("ライセンス", "Licence"),
    "data_date": ("データの日付", "Data as of"),
    "flood_note": (
        "色がない所は未評価であり、安全という意味ではありません。",
        "Places without colour are not assessed; it does not mean they are safe.",
    ),
    "layer_failed": (
        "「{title}」を読み込めませんでした。ほかの表示はそのまま使えます。",
        "“{title}” could not be loaded. Everything else still works.",
    ),
    # chart
    "chart": ("推移", "Course"),
    "hours_1": ("1時間", "1 hour"),
    "hours_24": ("24時間", "24 hours"),
    "days_7": ("7日間", "7 days"),
    "chart_loading": ("グラフを読み込んでいます", "Loading the chart"),
    "chart_empty": ("この期間の記録はありません", "No records in this period"),
    "chart_failed": (
        "グラフを読み込めませんでした。現在値の表示は続いています。",
        "The chart could not be loaded. The present value is still shown.",
    ),
    "retry": ("もう一度", "Try again"),
    "chart_summary": (
        "{period}の推移。最小 {low}、最大 {high}、記録 {count} 件",
        "Course over {period}. Lowest {low}, highest {high}, {count} records",
    ),
    "numbers": ("数値の表", "The same as numbers"),
    "lowest": ("最小", "Lowest"),
    "highest": ("最大", "Highest"),
    "csv": ("CSV をダウンロード", "Download CSV"),
    "station_page": ("観測所のページ", "Station page"),
    "show_on_map": ("地図で見る", "Show on the map"),
    "present": ("現在の値", "Present value"),
    "cannot_tell": ("この観測で分からないこと", "What this gauge cannot tell"),
    "cannot_snow": (
        "センサーの真下の積雪です。吹きだまりや屋根の雪は分かりません。",
        "Depth right under the sensor. Drifts and snow on roofs are not seen.",
    ),
    "cannot_river": (
        "水位は観測所ごとの零点からの高さで、ほかの観測所や標高とは比べられません。冬は雪や氷で実際と異なることがあります。",
        "Levels are above each gauge's own zero and cannot be compared with other gauges or elevations. Snow and ice can disturb them in winter.",
    ),
    "cannot_channel": (
        "この地点の水位だけです。上流や下流の詰まりは分かりません。",
        "The level at this point only. Blockages up- or downstream are not seen.",
    ),
    "cannot_weather": ("この地点の値です。", "Values at this point."),
    "cannot_camera": ("この地点の画像です。", "Images at this point."),
    "contact": ("お問い合わせ", "Contact"),
    "columns_note": (
        "同じ内容を地図でも見られます。",
        "The same facts are on the map.",
    ),
}


# Topics with many words have a module of their own, maps/words_<topic>.py, with a table WORDS of the same form.
_TABLES: tuple[dict[str, tuple[str, str]], ...] = (
    _WORDS,
    MAP_WORDS,
    SHELTER_WORDS,
    STATIC_WORDS,
    HAZARD_WORDS,
    ROAD_WORDS,
    ALERT_WORDS,
    ANNOUNCEMENT_WORDS,
    CLOSURE_WORDS,
    WARNING_WORDS,
)


def words(language: Language) -> dict[str, str]:
    """Every word in one language, by key; what pages and scripts are given."""
    index = 0 if language == "ja" else 1
    return {key: pair[index] for table in _TABLES for key, pair in table.items()}
