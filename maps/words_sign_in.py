"""Words of the page on which staff signs in, chooses a password and sets up a second factor."""

from __future__ import annotations

from maps.words import Language

WORDS: dict[str, tuple[str, str]] = {
    "sign_in": ("職員のサインイン", "Staff sign-in"),
    "sign_in_lead": (
        "職員が状況を見て対応するための入口です。地図や一覧は、サインインしなくても見られます。",
        "The way in for the town's staff. Map and tables can be seen without signing in.",
    ),
    "sign_in_no_script": (
        "サインインには JavaScript が必要です。ブラウザーの設定で有効にしてください。",
        "Signing in needs JavaScript. Please switch it on in your browser.",
    ),
    "sign_in_name": ("利用者名", "Name"),
    "sign_in_password": ("パスワード", "Password"),
    "sign_in_show": ("パスワードを表示する", "Show the password"),
    "sign_in_code": ("認証アプリの 6 けたの番号", "Code of six digits from your authenticator app"),
    "sign_in_code_note": (
        "番号は 30 秒ごとに変わります。一度使った番号はもう使えません。",
        "It changes every 30 seconds, and each code can be used once.",
    ),
    "sign_in_enter": ("サインインする", "Sign in"),
    "sign_in_code_needed": (
        "続いて、認証アプリの番号を入力してください。",
        "Now please type the code of your authenticator app.",
    ),
    "sign_in_wrong": (
        "利用者名かパスワードが違います。大文字と小文字を確かめてください。",
        "The name or the password is wrong. Please check capital letters.",
    ),
    "sign_in_code_wrong": (
        "番号が違うか、すでに使われています。次の番号に変わるのを待って入力してください。",
        "The code is wrong or was used before. Please wait for the next one.",
    ),
    "sign_in_locked": (
        "失敗が続いているため、この端末からのサインインを止めています。{wait}後にもう一度お試しください。前にサインインしたことのある端末や、役場の中の端末からは入れることがあります。急ぐときは管理者に解除を頼んでください。",
        (
            "Too many failures, so this browser has to wait {wait}. A computer you signed in on before, or one inside the town hall, may get in "
            "at once. If it is urgent, an administrator can end the wait."
        ),
    ),
    "sign_in_minutes": ("約 {count} 分", "about {count} min"),
    "sign_in_seconds": ("{count} 秒", "{count} s"),
    "sign_in_no_key": (
        "2 段階認証を確かめる鍵がサーバーにないため、サインインできません。あなたの操作の間違いではありません。サーバーを管理している人に知らせてください。",
        "The server lacks the key of second factors, so you cannot sign in. It is no mistake of yours: please tell whoever runs the server.",
    ),
    "sign_in_no_line": (
        "サーバーにつながりません。通信を確かめてください。",
        "The server cannot be reached. Please check the network.",
    ),
    "sign_in_failed": ("できませんでした（{reason}）", "That did not work ({reason})"),
    "sign_in_busy": ("確認しています", "Checking"),
    "sign_in_expired": (
        "サインインの期限が切れました。もう一度サインインしてください。",
        "Your session is over. Please sign in again.",
    ),
    "password_title": ("新しいパスワードを決めてください", "Choose a password of your own"),
    "password_lead": (
        "今のパスワードは管理者が決めたものです。自分だけが知っているパスワードに変えてください。",
        "Your present password was made by an administrator. Please change it to one that only you know.",
    ),
    "password_rules": (
        "12 文字以上。利用者名や町の名前、よくある言葉は使えません。いくつかの言葉をつなげた文が覚えやすく安全です。",
        "At least 12 characters, without your name, the town's, or common words. A few words in a row are easy to remember and safe.",
    ),
    "password_present": ("今のパスワード", "Present password"),
    "password_new": ("新しいパスワード", "New password"),
    "password_again": ("新しいパスワード（もう一度）", "New password once more"),
    "password_differs": ("2 つの新しいパスワードが違います。", "The two new passwords differ."),
    "password_change": ("パスワードを変える", "Change the password"),
    "password_changed": (
        "パスワードを変えました。ほかの端末ではサインアウトしました。",
        "Changed. You are signed out everywhere else.",
    ),
    "password_refused": (
        "そのパスワードは使えません。12 文字以上で、利用者名・町の名前・よくある言葉・並んだ文字やくり返しだけではなく、今と違うものにしてください。",
        "That cannot be your password. {reason}",
    ),
    "password_present_wrong": ("今のパスワードが違います。", "The present password is wrong."),
    "enrol_title": ("2 段階認証を設定してください", "Set up your second factor"),
    "enrol_lead": (
        "住民への配信を承認する人と管理者は、パスワードのほかに認証アプリの番号が要ります。",
        "Whoever approves messages to residents, or administers, needs a code from an authenticator app beside the password.",
    ),
    "enrol_scan": (
        "認証アプリ（Google Authenticator など）でこの QR コードを読み取ります。この画面は一度しか出ません。",
        "Read this QR code with an authenticator app. It is shown only this once.",
    ),
    "enrol_qr": ("認証アプリに登録するための QR コード", "QR code for your authenticator app"),
    "enrol_secret": ("読み取れないときは、この文字を入力します", "If it cannot be read, type these letters"),
    "enrol_open": ("このスマートフォンの認証アプリで開く", "Open in the authenticator app of this phone"),
    "enrol_confirm": ("アプリに出た番号を入力します", "Type the code the app shows"),
    "enrol_use": ("設定する", "Set it up"),
    "enrol_wrong": (
        "番号が違います。スマートフォンの時計が合っているか確かめてください。",
        "The code is wrong. Is the clock of the phone right?",
    ),
    "enrol_done": ("2 段階認証を設定しました。", "Your second factor is set up."),
    "signed_title": ("サインインしています", "You are signed in"),
    "signed_as": ("{name}（{role}）", "{name} ({role})"),
    "signed_until": (
        "{time} まで有効です。2 時間使わないと切れます。",
        "Until {time}; it ends after two hours without use.",
    ),
    "signed_console": ("対応画面へ", "To the console"),
    "signed_out": ("サインアウトしました。", "You are signed out."),
    "sign_out": ("サインアウト", "Sign out"),
    "signed_own": ("パスワードと 2 段階認証", "Password and second factor"),
    "signed_new_factor": ("2 段階認証を設定する・変える", "Set up or change the second factor"),
    "signed_fresh": ("変えるには、今の認証アプリの番号が要ります", "To change it, type a code of the present one"),
    "signed_sessions": ("サインインしている端末", "Where you are signed in"),
    "signed_this": ("この端末", "This one"),
    "signed_session": ("{time} から、{address}、{agent}", "since {time}, {address}, {agent}"),
    "signed_end": ("サインアウトさせる", "Sign out there"),
    "signed_end_others": ("ほかのすべての端末でサインアウト", "Sign out everywhere else"),
    "signed_ended": ("{count} 台でサインアウトしました", "Signed out in {count} places"),
    "staff_who": ("{name} としてサインインしています。", "Signed in as {name}."),
    "staff_account": ("設定・サインアウト", "Settings, sign out"),
    "staff_sign_in": ("サインインして開く", "Open by signing in"),
    "role_viewer": ("閲覧", "viewer"),
    "role_operator": ("操作", "operator"),
    "role_approver": ("承認", "approver"),
    "role_admin": ("管理", "administrator"),
}


def sign_in_words(language: Language) -> dict[str, str]:
    """The words of the page in one language by key."""
    return {key: pair[0 if language == "ja" else 1] for key, pair in WORDS.items()}


def staff_words(language: Language) -> dict[str, str]:
    """Those of them that every page of staff has."""
    return {key: text for key, text in sign_in_words(language).items() if key.startswith("staff_")}
