"""What is said about sessions, accounts and the audit, for the interface's machine-readable description (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from web.documents import PROBLEMS, Schema, answer_of, list_of, object_of, refusal_of
from web.sign_in_wishes import LONGEST_SHOWN, ROLES

_TEXT = {"type": "string"}
_FLAG = {"type": "boolean"}
_COUNT = {"type": "integer"}
_TIME = {"type": "string", "format": "date-time"}
_MAY_TIME = {"type": ["string", "null"], "format": "date-time"}
_MAY_TEXT = {"type": ["string", "null"]}
_ROLE = {"enum": list(ROLES)}

_PERSON = object_of({**dict.fromkeys(("name", "shown_name"), _TEXT), "role": _ROLE, "fictitious": _FLAG})
_SESSION = object_of(
    {
        "person": {"anyOf": [{"type": "null"}, _PERSON]},
        "lacks": {"enum": [None, "password", "enrolment"]},
        "csrf": _MAY_TEXT,
        "second_factor": _FLAG,
        **dict.fromkeys(("fresh_until", "ends_at"), _MAY_TIME),
        "idle_s": _COUNT,
    },
    optional=("idle_s",),
)
_OWN = object_of(
    {
        "number": _COUNT,
        **dict.fromkeys(("opened_at", "seen_at"), _TIME),
        "second_factor_at": _MAY_TIME,
        **dict.fromkeys(("address", "agent"), _TEXT),
        "this": _FLAG,
    }
)
_ACCOUNT = object_of(
    {
        **dict.fromkeys(("id", "name", "shown_name"), _TEXT),
        "role": _ROLE,
        **dict.fromkeys(("second_factor", "password_lent", "fictitious"), _FLAG),
        "created_at": _TIME,
        **dict.fromkeys(("disabled_at", "signed_in_at"), _MAY_TIME),
        **dict.fromkeys(("locked_s", "sessions"), _COUNT),
        "password": _TEXT,
    },
    optional=("password",),
)
_LINE = object_of(
    {
        "number": _COUNT,
        "at": _TIME,
        **dict.fromkeys(("who", "action", "subject", "address"), _TEXT),
        "details": {"type": "object"},
    }
)


def _json(description: str, schema: Schema) -> Schema:
    return answer_of(description, **{"application/json": schema})


SESSION_ANSWER = _json("The session", _SESSION)
SESSIONS_ANSWER = _json("The sessions of who asks", object_of({"sessions": list_of(_OWN)}))
ENDED_ANSWER = _json("How many sessions were ended", object_of({"ended": _COUNT}))
OFFER_ANSWER = _json(
    "A second factor to be confirmed by a code of it; shown this once",
    object_of(dict.fromkeys(("secret", "uri", "svg"), _TEXT)),
)
ACCOUNTS_ANSWER = _json("The accounts", object_of({"accounts": list_of(_ACCOUNT)}))
ACCOUNT_ANSWER = _json("The account; `password` is a new one to be handed over, shown this once", _ACCOUNT)
AUDIT_ANSWER = answer_of(
    "Lines of the audit, the newest first",
    **{
        "application/json": object_of({"lines": list_of(_LINE), "next": {"type": ["integer", "null"]}}),
        "text/csv": _TEXT,
    },
)

SESSION_REFUSALS: dict[int | str, Schema] = {
    **PROBLEMS,
    401: refusal_of("Not signed in, or name, password or code do not fit; `X-Needs` says what is missing"),
    403: refusal_of("The CSRF token, the role or the second factor is missing, or a page of another site asks"),
    409: refusal_of("It cannot be changed this way"),
    413: refusal_of("The body is too long"),
    415: refusal_of("The body is not JSON"),
}

_TYPED = {"type": "string", "minLength": 1, "maxLength": 200}
_PASSWORD = {"type": "string", "minLength": 1, "maxLength": 512}
_NEW_PASSWORD = {"type": "string", "minLength": 12, "maxLength": 128}
_CODE = {"type": "string", "minLength": 1, "maxLength": 40}
_SHOWN = {"type": "string", "minLength": 1, "maxLength": LONGEST_SHOWN}


def _body(properties: Schema, required: list[str] | None = None) -> dict[str, Any]:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties) if required is None else required,
    }
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


SIGN_IN_BODY = _body({"name": _TYPED, "password": _PASSWORD, "code": _CODE}, ["name", "password"])
PASSWORD_BODY = _body({"password": _PASSWORD, "new_password": _NEW_PASSWORD})
CODE_BODY = _body({"code": _CODE})
NEW_ACCOUNT_BODY = _body(
    {"name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9._-]{1,39}$"}, "shown_name": _SHOWN, "role": _ROLE}
)
CHANGE_BODY = _body(
    {
        "shown_name": _SHOWN,
        "role": _ROLE,
        **dict.fromkeys(("disabled", "reset_password", "reset_second_factor", "unlock", "end_sessions"), _FLAG),
    },
    [],
)
