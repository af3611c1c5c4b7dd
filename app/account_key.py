"""Where the key of accounts comes from, and second factors brought under it (ADR 0023).

``YUKIMORI_ACCOUNT_KEY`` or, without it, ``secrets/account-key`` in the data folder, readable by its owner alone: 64 hexadecimal digits
a key, the newest first, as ``openssl rand -hex 32`` makes them. A file is made where there is none, unless the database already holds
factors that are sealed with a key that is not here.
"""

from __future__ import annotations

import logging
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Settings, keys_in
from core.errors import SealError, StartError
from store import Store
from store.accounts import Secrets

if TYPE_CHECKING:
    from web.account_keys import AccountKeys

log = logging.getLogger(__name__)

VARIABLE = "YUKIMORI_ACCOUNT_KEY"
FILE = Path("secrets") / "account-key"
_MAKE = "openssl rand -hex 32"
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Sealing:
    """What became of second factors: how many were sealed now, and whose cannot be opened with any key here."""

    sealed: int
    unreadable: tuple[str, ...]


def account_keys(settings: Settings, store: Store, site: int) -> AccountKeys:
    """The keys of a site's accounts, made where nothing was ever sealed.

    Raises StartError where they are malformed, unreadable, or missing while the database holds what they sealed.
    """
    from web.account_keys import AccountKeys, is_sealed  # noqa: PLC0415 - what signs people in is not needed elsewhere

    if settings.account_key:
        return AccountKeys(settings.checked_account_keys())
    path = settings.data / FILE
    try:
        if not path.exists():
            if any(is_sealed(text) for known in store.accounts.with_factors(site) for text in _texts(known)):
                raise StartError(
                    f"second factors in the database are sealed, and their key {path} is not here",
                    hint=f"put the file back, or set {VARIABLE}; where it is lost for good, make another one ({_MAKE}) "
                    "and give each person a new second factor: yukimori user code NAME --new",
                )
            _make(path)
        _close(path)
        return AccountKeys(keys_in(path.read_text(encoding="ascii"), str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(
            f"the key of accounts {path} can be neither read nor made ({error})",
            hint=f"give this user the rights to it, or set {VARIABLE} ({_MAKE})",
        ) from error


def serving_keys(settings: Settings, store: Store, site: int) -> tuple[bytes, ...]:
    """The keys for whoever serves pages, second factors brought under the newest.

    Where the file fails there are none, and the log says so: map and warnings go on, only who has a second factor waits. A variable
    that is no key raises StartError, because whoever set it is just starting the server.
    """
    try:
        keys = account_keys(settings, store, site)
    except StartError as error:
        if settings.account_key:
            raise
        _tell_missing(error)
        return ()
    _tell(seal_factors(store, site, keys))
    return keys.raw


def _tell_missing(error: StartError) -> None:
    log.error("nobody with a second factor can sign in: %s; %s", error, error.hint)


def _tell(done: Sealing) -> None:
    if done.sealed:
        log.info("second factors of %d accounts are sealed with the present key", done.sealed)
    if done.unreadable:
        named = ", ".join(done.unreadable[:_MOST_NAMED])
        log.error(
            "second factors of %d accounts (%s) are sealed with a key that is not here, nobody can sign in with them; %s",
            len(done.unreadable),
            named,
            f"put their key behind the present one in {VARIABLE} or {FILE}, or: yukimori user code NAME --new",
        )


def seal_factors(store: Store, site: int, keys: AccountKeys) -> Sealing:
    """Seal with the newest key what lies plain (as earlier versions kept it) or under an older one."""
    sealed, unreadable = 0, []
    for known in store.accounts.with_factors(site):
        if all(keys.is_newest(text) for text in _texts(known)):
            continue
        try:
            factor, offered = (_anew(text, known, keys) for text in (known.factor, known.offered))
        except SealError:
            unreadable.append(known.account.name)
            continue
        sealed += store.accounts.reseal(site, known, factor, offered)
    return Sealing(sealed, tuple(unreadable))


def opens(keys: AccountKeys, known: Secrets) -> bool:
    """Whether the account's second factor can be read with a key that is here, or lies plain yet."""
    try:
        _anew(known.factor, known, keys)
    except SealError:
        return False
    return True


def _anew(text: str | None, known: Secrets, keys: AccountKeys) -> str | None:
    from web.account_keys import is_sealed  # noqa: PLC0415

    if text is None or keys.is_newest(text):
        return text
    plain = keys.open(text, known.account.id) if is_sealed(text) else text
    return keys.seal(plain, known.account.id)


def _texts(known: Secrets) -> list[str]:
    return [text for text in (known.factor, known.offered) if text is not None]


def _close(path: Path) -> None:
    """Leave the file to its owner alone; where its rights are not ours to change (mounted read-only), it counts all the same."""
    if not stat.S_IMODE(path.stat().st_mode) & 0o077:
        return
    try:
        path.chmod(0o600)
    except OSError as error:
        log.warning(
            "others than its owner may read the key of accounts %s, and that cannot be changed here: %s", path, error
        )


def _make(path: Path) -> None:
    """A new key; where two make one at a time, the first counts for both."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
        _keep_name(path.parent)
        log.info("made the key of accounts %s; keep a copy apart from the database's backup", path)
    except FileExistsError:
        return
    finally:
        part.unlink(missing_ok=True)


def _keep_name(folder: Path) -> None:
    """Let the names in a folder outlast a power failure: what the key seals is in the database from the next moment on."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
