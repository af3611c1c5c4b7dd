"""Mail: one plain-text message in Japanese and English to a list of people.

Mail cannot be recognised by its receiver's server as a repeat, so ``Message-ID`` is made from the
notification's id and is the same at each attempt; messages of one episode refer to each other as a thread.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
from contextlib import suppress
from email.header import Header
from email.mime.text import MIMEText
from email.utils import format_datetime
from threading import Event
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from alerts.channel import Channel, ChannelSettings, Environment, Sent, recipient_digest, secret
from alerts.cutoff import Cutoff
from alerts.messages import one_line
from core.errors import NotifyError
from store.alert_rows import NotificationRow

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _address(text: str) -> str:
    if not _ADDRESS.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is not a mail address")
    return text


Address = Annotated[str, AfterValidator(_address)]


class SmtpSettings(ChannelSettings):
    """The server, how the connection is protected, and who writes to whom.

    ``password_env`` names the variable that holds the password of ``username``; a password is never sent
    over a connection that is not encrypted. ``timeout_s`` is for the whole conversation.
    """

    host: str = Field(min_length=1, pattern=r"^[A-Za-z0-9.:_-]+$")
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password_env: str | None = None
    sender: Address
    recipients: tuple[Address, ...] = Field(min_length=1, max_length=100)
    timeout_s: float = Field(default=20.0, gt=0, le=30)

    @model_validator(mode="after")
    def _safe_sign_in(self) -> SmtpSettings:
        if (self.username is None) != (self.password_env is None):
            raise ValueError("username and password_env belong together")
        if self.username is not None and self.security == "none":
            raise ValueError('a password is not sent in plain text: use security = "starttls" or "tls"')
        return self


def send(notification: NotificationRow, settings: SmtpSettings, environment: Environment) -> Sent:
    """The Message-ID the server accepted, with a remark on whom it refused for good.

    Raises NotifyError where nobody got it, or where it was refused for the time being for some: then those who have it are
    ``served``. What broke while the text was handed over is ``uncertain``: the server may have accepted it.
    """
    return send_rest(notification, settings, environment, frozenset())


def send_rest(
    notification: NotificationRow, settings: SmtpSettings, environment: Environment, served: frozenset[str]
) -> Sent:
    """The same, to those not ``served`` yet."""
    password = secret(environment, settings.password_env) if settings.password_env is not None else None
    mail = message(notification, settings)
    digests = {each: recipient_digest(notification, each) for each in settings.recipients}
    rest = [each for each in settings.recipients if digests[each] not in served]
    if not rest:  # the list was shortened meanwhile
        return Sent(str(mail["Message-ID"]))
    refused = _handed_over(mail, settings, password, rest)
    later = sorted(each for each, (code, _) in refused.items() if code < 500)
    if later:
        raise NotifyError(
            f"{settings.host} refused {len(later)} of {len(rest)} recipients for the time being",
            retryable=True,
            served=frozenset(digests[each] for each in rest if each not in later),
        )
    return Sent(str(mail["Message-ID"]), f"refused for {len(refused)} of {len(rest)} recipients" if refused else "")


def _handed_over(
    mail: MIMEText, settings: SmtpSettings, password: str | None, recipients: list[str]
) -> dict[str, tuple[int, bytes]]:
    """Whom the server refused of these; raises NotifyError where it took the mail for nobody."""
    handing = Event()
    with Cutoff(settings.timeout_s) as cutoff:
        try:
            return _deliver(mail, settings, password, recipients, cutoff, handing)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise NotifyError(
                f"{settings.host} refused every recipient ({min(codes)})", retryable=any(code < 500 for code in codes)
            ) from error
        except smtplib.SMTPResponseException as error:
            raise NotifyError(f"{settings.host} answered {error.smtp_code}", retryable=error.smtp_code < 500) from error
        except smtplib.SMTPNotSupportedError as error:
            raise NotifyError(
                f"{settings.host} does not offer what is set: {error}", retryable=False, hint="check security"
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            said = "no answer in time" if cutoff.passed else (str(error) or type(error).__name__)
            raise NotifyError(
                f"{settings.host} could not be reached: {said}", retryable=True, uncertain=handing.is_set()
            ) from error


def message(notification: NotificationRow, settings: SmtpSettings) -> MIMEText:
    """The mail for a notification: the same to the letter each time it is made."""
    facts, domain = notification.body, settings.sender.rpartition("@")[2]
    texts = (facts["text_ja"], facts.get("text_easy", ""), facts["text_en"])
    mail = MIMEText("\n\n--\n".join(text for text in texts if text) + "\n", "plain", "utf-8")
    # Header folds Japanese with spaces correctly; the newer EmailMessage loses spaces between the parts.
    mail["Subject"] = Header(one_line(str(facts["subject_ja"])), "utf-8", header_name="Subject").encode()
    mail["From"] = settings.sender
    # Residents do not learn each other's addresses.
    mail["To"] = settings.sender if notification.resident else ", ".join(settings.recipients)
    mail["Date"] = format_datetime(notification.queued_at)
    mail["Message-ID"] = f"<{notification.id}@{domain}>"
    mail["References"] = f"<{_thread(notification)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Yukimori-Level"] = notification.level.slug
    return mail


def _thread(notification: NotificationRow) -> str:
    """What mails of one thread refer to; a thread's own name may hold signs no message id can (RFC 5322 §3.6.4)."""
    if notification.episode is not None:
        return f"episode-{notification.episode}"
    thread = notification.thread
    return thread if _PLAIN.fullmatch(thread) else f"thread-{hashlib.sha256(thread.encode()).hexdigest()[:32]}"


def _deliver(
    mail: MIMEText,
    settings: SmtpSettings,
    password: str | None,
    recipients: list[str],
    cutoff: Cutoff,
    handing: Event,
) -> dict[str, tuple[int, bytes]]:
    # The system's trust store takes longer to read than a mail to send: only where it is asked.
    encrypted = settings.security != "none"
    context = ssl.create_default_context() if encrypted else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client = (
        _WatchedTls(settings, context, cutoff, handing)
        if settings.security == "tls"
        else _Watched(settings, cutoff, handing)
    )
    try:
        client.connect(settings.host, settings.port)
        client.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            client.starttls(context=context)
            client.ehlo()
        if settings.username is not None and password is not None:
            client.login(settings.username, password)
        refused = dict(client.send_message(mail, settings.sender, recipients))
        # The server has accepted the mail: a slip while parting must not send it again.
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        return refused
    finally:
        client.close()


class _Watched(smtplib.SMTP):
    """A client whose connection ends with the cutoff; ``handing`` is set while the server may have accepted the text."""

    def __init__(self, settings: SmtpSettings, cutoff: Cutoff, handing: Event) -> None:
        super().__init__(timeout=settings.timeout_s, local_hostname=settings.sender.rpartition("@")[2])
        self._host = settings.host
        self._cutoff = cutoff
        self._handing = handing

    def data(self, msg: Any) -> tuple[int, bytes]:
        """The text with its end; until the answer to it nobody knows whether the mail was accepted."""
        self._handing.set()
        answer = super().data(msg)
        self._handing.clear()
        return answer

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = socket.create_connection((host, port), timeout)
        self._cutoff.watch(connection)
        return connection


class _WatchedTls(_Watched):
    """The same with TLS from the first byte."""

    def __init__(self, settings: SmtpSettings, context: ssl.SSLContext, cutoff: Cutoff, handing: Event) -> None:
        super().__init__(settings, cutoff, handing)
        self._context = context

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        connection = super()._get_socket(host, port, timeout)
        try:
            return self._context.wrap_socket(connection, server_hostname=host)
        except BaseException:
            connection.close()
            raise


CHANNEL = Channel(settings=SmtpSettings, send=send, send_rest=send_rest)
