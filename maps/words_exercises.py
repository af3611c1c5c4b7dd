"""Words of the console's panel on exercises (訓練), and of the form that asks for a code of the second factor."""

from __future__ import annotations

from collections.abc import Mapping

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "exercise_running": ("実施中の訓練", "Exercise being held"),
    "exercise_none": ("いま行っている訓練はありません。", "No exercise is being held."),
    "exercise_until": ("自動終了", "Ends by itself at"),
    "exercise_enter": ("訓練の画面へ", "Enter the exercise"),
    "exercise_end": ("訓練を終了する", "End the exercise"),
    "exercise_inside": ("ここは訓練の画面です。", "You are inside the exercise."),
    "exercise_back": ("本番の画面へ戻る", "Back to the real console"),
    "exercise_scenarios": ("訓練のシナリオ", "Scenarios"),
    "exercise_no_scenario": (
        "シナリオがありません。設定フォルダの exercises/ に置きます。",
        "There is no scenario. They stand in the folder exercises/ of the site.",
    ),
    "exercise_scenario": ("シナリオ", "Scenario"),
    "exercise_length": ("所要時間", "Takes"),
    "exercise_minutes": ("{minutes} 分（想定 {night} 分）", "{minutes} min (for {night} min of events)"),
    "exercise_begin": ("訓練を始める", "Begin"),
    "exercise_past": ("これまでの訓練", "Exercises held"),
    "exercise_no_past": ("これまでの訓練はありません。", "None was held so far."),
    "exercise_began": ("開始", "Begun"),
    "exercise_by": ("開始した人", "By"),
    "exercise_ended": ("終了", "Ended"),
    "exercise_expired": ("（時間切れで自動終了）", "(by itself)"),
    "exercise_score": ("誰がいつ対応したか", "Who acknowledged what when"),
    "exercise_show_score": ("結果を見る", "Show result"),
    "exercise_no_score": ("結果はまだありません。", "There is no result yet."),
    "exercise_no_alert": ("警報はまだ出ていません。", "No alert so far."),
    "exercise_sum": (
        "警報 {alerts} 件、対応 {acknowledged} 件（時間内 {in_time} 件）、未対応のまま {missed} 件。",
        "{alerts} alerts, {acknowledged} acknowledged ({in_time} in time), {missed} missed.",
    ),
    "exercise_median": ("対応までの中央値 {seconds} 秒。", "Half were acknowledged within {seconds} s."),
    "exercise_alert": ("警報", "Alert"),
    "exercise_reached": ("到達", "Reached"),
    "exercise_told": ("連絡", "Told"),
    "exercise_acked": ("対応", "Acknowledged"),
    "exercise_after": ("対応まで", "After"),
    "exercise_seconds": ("{seconds} 秒", "{seconds} s"),
    "exercise_judged": ("目標（危険 5分・警戒 15分）", "Aim (danger 5 min, warning 15 min)"),
    "exercise_in_time": ("○ 時間内", "✓ in time"),
    "exercise_late": ("× 超過", "✗ late"),
    "exercise_open": ("… 時間内（未対応）", "… still time"),
    "code_label": ("認証アプリの6桁の番号", "Six-digit code of the authenticator app"),
    "code_give": ("番号を送る", "Give code"),
    "code_stop": ("やめる", "Cancel"),
    "code_given_up": ("番号の入力をやめました。", "No code was given."),
}


def exercise_words(language: Language) -> Mapping[str, str]:
    """Every word of the panel in one language, by key."""
    return {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}
