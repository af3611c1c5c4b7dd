"""Words of the console's panel on accounts of staff."""

from __future__ import annotations

from collections.abc import Mapping

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "accounts": ("職員のアカウント", "Accounts of staff"),
    "accounts_refused": (
        "アカウントを扱えるのは、管理の役割の人だけです。",
        "Accounts are for people with the role administrator.",
    ),
    "accounts_outside": (
        "訓練の画面では、アカウントは扱いません。",
        "Accounts are not kept within an exercise.",
    ),
    "accounts_real": ("本番の画面で開く", "Open in the real console"),
    "accounts_none": ("アカウントがありません。", "There are no accounts."),
    "accounts_person": ("名前（利用者名）", "Person (name)"),
    "accounts_role": ("役割", "Role"),
    "accounts_state": ("状態", "State"),
    "accounts_factor": ("2 段階認証", "Second factor"),
    "accounts_last": ("最終サインイン", "Last sign-in"),
    "accounts_sessions": ("サインイン中", "Signed in"),
    "accounts_places": ("{count} 台", "{count}×"),
    "accounts_never": ("なし", "never"),
    "accounts_you": ("（あなた）", "(you)"),
    "accounts_fictitious": ("（架空）", "(fictitious)"),
    "accounts_usable": ("使えます", "active"),
    "accounts_disabled": ("停止中", "disabled"),
    "accounts_lent": ("仮のパスワード（本人がまだ決めていません）", "temporary password, not changed yet"),
    "accounts_locked": (
        "失敗が続き待ち中（最長 約 {minutes} 分）",
        "waits after failures (up to about {minutes} min)",
    ),
    "accounts_factor_set": ("設定済み", "set up"),
    "accounts_factor_missing": (
        "未設定（次のサインインで設定します）",
        "missing; set up at the next sign-in",
    ),
    "accounts_factor_none": ("なし（任意）", "none (not needed)"),
    "accounts_open": ("変更・手助け", "Change, help"),
    "accounts_one_admin": (
        "管理の役割の人が 1 人だけです。もう 1 人いないと、その人が困ったときに助けられません。",
        "There is only one administrator. Make another one, who can help when the first cannot get in.",
    ),
    "accounts_one_approver": (
        "承認できる人が 2 人いません。自分の書いたお知らせは、自分では承認できません。",
        "Fewer than two people can approve. Nobody approves a message of their own.",
    ),
    # a new one
    "accounts_new": ("アカウントをつくる", "Add an account"),
    "accounts_shown_name": ("画面に出る名前（例：雪野 花子）", "Name people read"),
    "accounts_name": ("利用者名", "Name to sign in with"),
    "accounts_name_rule": (
        "利用者名は半角の英小文字と数字、.（点）、-、_ で 2〜40 文字。あとから変えられません。",
        "2 to 40 small letters, digits, dots, hyphens and underscores. It cannot be changed later.",
    ),
    "accounts_make": ("つくる", "Add"),
    "accounts_taken": (
        "その利用者名はもうあります。停止中の人の名前も使えません。",
        "There is such a name already, perhaps of a disabled account.",
    ),
    "account_role_viewer": ("閲覧", "viewer"),
    "account_role_operator": ("操作", "operator"),
    "account_role_approver": ("承認", "approver"),
    "account_role_admin": ("管理", "administrator"),
    "account_may_viewer": ("閲覧：見るだけ", "viewer: looks"),
    "account_may_operator": ("操作：対応・入力・下書き", "operator: acknowledges, enters, drafts"),
    "account_may_approver": ("承認：操作＋お知らせの承認", "approver: also lets messages out"),
    "account_may_admin": ("管理：承認＋アカウント・訓練", "administrator: also accounts, exercises"),
    # handed over
    "accounts_handed_new": ("{name} さんに渡す仮のパスワード", "Temporary password for {name}"),
    "accounts_handed_reset": ("{name} さんに渡す新しい仮のパスワード", "New temporary password for {name}"),
    "accounts_where": ("サインインする場所", "Where to sign in"),
    "accounts_password": ("仮のパスワード", "Temporary password"),
    "accounts_once": (
        "この画面を閉じると、もう表示できません。本人に直接渡してください。最初のサインインで、本人が自分のパスワードに変えます。承認・管理の人は、続けて画面の QR コードで認証アプリを登録します。",
        (
            "Nobody can read it again once this is closed. Hand it over in person: at the first sign-in its owner chooses another one, "
            "and approvers and administrators set up their authenticator app by a QR code on the screen."
        ),
    ),
    "accounts_handed_over": ("渡したので閉じる", "Handed over, close"),
    "accounts_copy": ("パスワードをコピー", "Copy the password"),
    "accounts_copied": ("コピーしました。", "Copied."),
    "accounts_not_copied": (
        "コピーできませんでした。書き写してください。",
        "It could not be copied. Please write it down.",
    ),
    # changed
    "accounts_change": ("{name} さんのアカウント", "Account of {name}"),
    "accounts_close": ("閉じる", "Close"),
    "accounts_save": ("変える", "Change"),
    "accounts_do_not": ("やめる", "Cancel"),
    "accounts_own": (
        "自分の役割・パスワード・停止は、ここでは変えられません。パスワードと 2 段階認証は",
        "Your own role cannot be changed here. For your password and second factor see",
    ),
    "accounts_own_page": ("自分の設定のページ", "your own settings"),
    "accounts_last_admin": (
        "変えられません。管理の役割の人が、ひとりもいなくなります。先に別の管理者をつくってください。",
        "Not done: no administrator would be left. Please make another one first.",
    ),
    "accounts_wait": (
        "番号の間違いが続いたため、しばらく受け付けません。少し待ってからやり直してください。",
        "Too many wrong codes. Please wait a little and try again.",
    ),
    "account_unlock": ("待ちを解除", "End the wait"),
    "account_unlock_means": (
        "{name} さんが、すぐにサインインをやり直せるようにします。",
        "{name} can try to sign in again at once.",
    ),
    "account_password": ("パスワードをつくり直す", "New password"),
    "account_password_means": (
        "{name} さんの今のパスワードは使えなくなり、サインイン中の端末はすべて終わります。新しい仮のパスワードが一度だけ表示されます。",
        "The present password of {name} ends, and every session with it. A temporary one is shown once.",
    ),
    "account_factor": ("2 段階認証をやり直す", "New second factor"),
    "account_factor_means": (
        "{name} さんの認証アプリの登録を消し、すべての端末でサインアウトさせます。次のサインインで、本人が QR コードから登録し直します。電話の声だけで頼まれたときは、本人かどうか確かめてください。",
        (
            "The authenticator app of {name} counts no more, and every session ends. At the next sign-in a QR code sets up another one. "
            "Make sure who asks for it."
        ),
    ),
    "account_sessions": ("すべての端末でサインアウトさせる", "Sign out everywhere"),
    "account_sessions_means": (
        "{name} さんは、サインインしているすべての端末ですぐにサインアウトになります。アカウントはそのまま使えます。",
        "{name} is signed out everywhere at once. The account goes on.",
    ),
    "account_disable": ("停止する", "Disable"),
    "account_disable_means": (
        "{name} さんはサインインできなくなり、サインイン中の端末もすぐに終わります。記録は残り、あとから再開できます。",
        "{name} cannot sign in any more, and every session ends. What was done stays on record, and the account can be enabled again.",
    ),
    "account_enable": ("再開する", "Enable"),
    "account_enable_means": (
        "{name} さんは、前のパスワードでまたサインインできます。",
        "{name} can sign in again, with the password from before.",
    ),
    "code_wrong": (
        "番号が違うか、すでに使われています。次の番号に変わるのを待って入れてください。",
        "The code is wrong or was used before. Please wait for the next one.",
    ),
}


def account_words(language: Language) -> Mapping[str, str]:
    """Every word of the panel in one language, by key."""
    return {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}
