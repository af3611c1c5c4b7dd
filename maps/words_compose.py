"""Words of the console's panel on messages to residents (住民へのお知らせ)."""

from __future__ import annotations

from collections.abc import Mapping

from config.message_plan import VARIABLES
from core.resident_words import VARIABLE_NAMES_JA
from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "compose_messages": ("住民へのお知らせ", "Messages to residents"),
    "compose_loading": ("お知らせを読み込んでいます", "Loading messages"),
    "compose_none": (
        "この7日間のお知らせはありません。書きかけのものもありません。",
        "No messages within seven days, and none being written.",
    ),
    "compose_no_templates": (
        "使えるひな形がありません。設定フォルダの messages/ に置きます。",
        "There is no template. They stand in the folder messages/ of the site.",
    ),
    "compose_template": ("ひな形", "Template"),
    "compose_begin": ("下書きをつくる", "Begin a draft"),
    "compose_from": ("警報「{name}」の事実を入れて始めます。", "The facts of “{name}” will be filled in."),
    "compose_from_not": ("この警報の事実を使わない", "Without this alert"),
    "compose_subject": ("件名", "Subject"),
    "compose_state_column": ("状態", "State"),
    "compose_area": ("対象の地区", "Area"),
    "compose_by": ("書いた人", "Written by"),
    "compose_when": ("つくった時刻", "Begun"),
    "compose_open": ("開く", "Open"),
    # states
    "compose_state": ("いまの状態", "How it stands"),
    "compose_draft": ("下書き", "Draft"),
    "compose_submitted": ("承認待ち", "Waits for approval"),
    "compose_approved": ("取消できる時間", "Can be cancelled"),
    "compose_queued": ("送信中", "Being sent"),
    "compose_cancelled": ("取りやめ", "Cancelled"),
    "compose_expired": ("期限切れ（送っていません）", "Expired (not sent)"),
    "compose_delivered": ("送信済", "Sent"),
    "compose_now_draft": (
        "下書きです。まだ誰にも送られません。{time} に自動で削除されます。",
        "A draft: nobody gets it yet. It is deleted by itself at {time}.",
    ),
    "compose_now_submitted": (
        "{by} さんが承認に出しました。ほかの承認者が確かめて送ります。{time} に自動で削除されます。",
        "{by} handed it in. Another approver checks and sends it. It is deleted by itself at {time}.",
    ),
    "compose_now_approved": (
        "{by} さんが承認しました。あと {seconds} 秒で送信します。",
        "{by} approved it. It leaves in {seconds} seconds.",
    ),
    "compose_now_leaving": ("{by} さんが承認しました。送信しています。", "{by} approved it. It is leaving."),
    "compose_now_queued": (
        "{by} さんが承認し、{time} に送信しました。",
        "Approved by {by}, sent at {time}.",
    ),
    "compose_now_cancelled": ("{time} に取りやめました。送っていません。", "Cancelled at {time}. It was not sent."),
    "compose_now_expired": (
        "{time} に期限が切れました。送っていません（{note}）。",
        "Expired at {time}. It was not sent ({note}).",
    ),
    "compose_returned": ("差し戻し：{note}", "Handed back: {note}"),
    "compose_live": ("本番", "Live"),
    "compose_exercise": ("訓練", "Exercise"),
    "compose_mode": ("この画面は{mode}です", "This is: {mode}"),
    # kinds
    "compose_kind_message": ("お知らせ", "Message"),
    "compose_kind_correction": ("訂正", "Correction"),
    "compose_kind_withdrawal": ("取消", "Withdrawal"),
    "compose_kind_all_clear": ("解除", "All clear"),
    # left: facts
    "compose_facts": ("わかっていること", "What is known"),
    "compose_facts_none": ("警報から始めたものではありません。", "It was not begun from an alert."),
    "compose_fact_value": ("値", "Value"),
    "compose_fact_at": ("時刻", "Time"),
    "compose_fact_threshold": ("基準", "Threshold"),
    "compose_fact_source": ("基準の出典", "Source of the threshold"),
    "compose_over": ("この警報はもう終わっています。", "This alert is over already."),
    "compose_goes_on": (
        "同じ種類の警報が {count} 件続いています（最も高い段階：{level}）。解除してよいか確かめてください。",
        "{count} alerts of this kind go on (gravest: {level}). Make sure that it may be lifted.",
    ),
    "compose_doubted": (
        "未確認の警報です。人が確かめるまで承認に出せません。",
        "The alert is unconfirmed: a person has to confirm it before the message can be handed in.",
    ),
    "compose_confirm_how": ("確認した方法（誰から、どこで）", "How it was confirmed (by whom, where)"),
    "compose_confirm": ("確認した", "Confirm"),
    "compose_confirmed": ("{by} さんが確認：{reason}", "Confirmed by {by}: {reason}"),
    # left: what is typed
    "compose_fields": ("入れること", "To be filled in"),
    "compose_area_en": ("対象の地区（英語での書き方）", "Area, as English speakers read it"),
    "compose_audiences": ("送り先", "For whom"),
    "compose_save": ("更新して見本に反映", "Save and show it as it will look"),
    "compose_saved": ("更新しました。", "Saved."),
    "compose_unsaved": (
        "更新していない変更があります。見本は変更前のものです。",
        "There are changes that are not saved: what is shown is from before them.",
    ),
    "compose_drops": (
        "書き直すと下書きに戻り、承認は無効になります。",
        "Rewriting makes it a draft again and drops the approval.",
    ),
    "compose_by_hand": ("文を手で直す", "Edit by hand"),
    "compose_by_template": ("ひな形の文に戻す", "Back to the template’s words"),
    "compose_typed": ("手直しした文", "Edited by hand"),
    "compose_text": ("本文", "Text"),
    "compose_rewrite": ("書き直す", "Rewrite"),
    # right
    "compose_versions": ("住民に見える文", "As residents see it"),
    "compose_language_ja": ("日本語", "Japanese"),
    "compose_language_easy": ("やさしい日本語", "Easy Japanese"),
    "compose_language_en": ("英語", "English"),
    "compose_sign_line": ("表示板", "Sign"),
    # below
    "compose_wrong": ("このままでは承認に出せません", "It cannot be handed in like this"),
    "compose_recipients": ("受け取る人", "Who gets it"),
    "compose_total": ("合計 {count} 人", "{count} people in all"),
    "compose_uncounted": (
        "人数を数えられない手段（表示板など）：{count}",
        "Ways nobody can count (signs …): {count}",
    ),
    "compose_reaches": ("{count} 人", "{count} people"),
    "compose_reaches_unknown": ("人数は数えられません", "cannot be counted"),
    "compose_exact": ("この手段での全文", "The whole text this way"),
    "compose_submit": ("承認に出す", "Hand in for approval"),
    "compose_send": (
        "{count}人に送信（{seconds}秒以内は取消可）",
        "Send to {count} people (can be cancelled for {seconds} s)",
    ),
    "compose_send_now": (
        "{count}人にすぐ送信（取消はできません）",
        "Send to {count} people at once (cannot be cancelled)",
    ),
    "compose_send_ways": (
        "表示板など{count}つの手段で送信（{seconds}秒以内は取消可）",
        "Send by {count} ways (can be cancelled for {seconds} s)",
    ),
    "compose_send_ways_now": (
        "表示板など{count}つの手段ですぐ送信（取消はできません）",
        "Send by {count} ways at once (cannot be cancelled)",
    ),
    "compose_own": (
        "あなたが書いたため、承認は別の人に頼んでください。",
        "You wrote it: somebody else has to approve it.",
    ),
    "compose_reject_reason": ("差し戻す理由", "Why it is handed back"),
    "compose_cancel_reason": ("取りやめる理由（なくてもよい）", "Why it is cancelled (may be empty)"),
    "compose_override": ("10分たたないうちに送る理由", "Why it goes out within ten minutes"),
    "compose_reject": ("差し戻す", "Hand back"),
    "compose_cancel": ("取りやめる", "Cancel"),
    "compose_cancel_window": ("取消（あと {seconds} 秒）", "Cancel ({seconds} s left)"),
    "compose_correct": ("訂正を書く", "Write a correction"),
    "compose_withdraw": ("取消のお知らせを書く", "Write a withdrawal"),
    "compose_all_clear": ("解除を書く", "Write the all-clear"),
    "compose_done_submit": ("承認に出しました。ほかの承認者に知らせてください。", "Handed in. Tell another approver."),
    "compose_done_approve": ("承認しました。", "Approved."),
    "compose_done_reject": ("差し戻しました。", "Handed back."),
    "compose_done_cancel": ("取りやめました。送っていません。", "Cancelled. It was not sent."),
    "compose_done_confirm": ("確認した方法を記録しました。", "Noted how it was confirmed."),
    "compose_done_other": ("記録しました。", "Noted."),
    "compose_not_done": ("できませんでした：{reason}", "Not done: {reason}"),
    "compose_deleted": ("このお知らせはもうありません。", "This message is gone."),
    # log and delivery
    "compose_log": ("記録（誰がいつ何をしたか）", "Log (who did what when)"),
    "compose_delivery": ("送信の状況", "Delivery"),
    "compose_sent_queued": ("送信待ち", "waiting"),
    "compose_sent_delivered": ("送信済", "sent"),
    "compose_sent_dead": ("送信できず", "could not be sent"),
    "compose_sent_superseded": ("後のお知らせに置き換え", "replaced by a later one"),
    "compose_sent_unknown": ("届いたか不明", "unknown whether it arrived"),
    "compose_followers": ("この後のお知らせ", "What followed"),
    "compose_act_begun": ("作成", "begun"),
    "compose_act_edited": ("書き直し", "rewritten"),
    "compose_act_confirmed": ("元の値を確認", "facts confirmed"),
    "compose_act_submitted": ("承認に出した", "handed in"),
    "compose_act_approved": ("承認", "approved"),
    "compose_act_rejected": ("差し戻し", "handed back"),
    "compose_act_cancelled": ("取りやめ", "cancelled"),
    "compose_act_queued": ("送信", "sent"),
    "compose_act_expired": ("期限切れ", "expired"),
    "compose_act_deleted": ("自動削除", "deleted"),
}


def compose_words(language: Language) -> Mapping[str, str]:
    """Every word of the panel in one language, by key."""
    own = {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}
    named = VARIABLE_NAMES_JA if language == "ja" else {name: name.replace("_", " ") for name in VARIABLES}
    return own | {f"compose_var_{name}": text for name, text in named.items()}
