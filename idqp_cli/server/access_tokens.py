"""Access tokens: RS256 JWTs that carry a session of the store, sealed, for an hour.

The store's session stays the authority: a token whose session has ended is of
no use, however long it is valid.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import jwt

from idqp_cli.server.keys import Keys
from idqp_cli.server.problems import Problem
from idqp_cli.store.values import User

LASTS = timedelta(hours=1)
ISSUER, AUDIENCE, ALGORITHM, KIND = "idqp", "idqp-api", "RS256", "at+jwt"
NEEDED = ["exp", "iat", "iss", "aud", "sub", "ses"]
# Clocks of two machines differ.
LEEWAY = 5
LONGEST = 4096


def issued(keys: Keys, user: User, secret: str, at: datetime) -> str:
    """Return the access token of a session that begins."""
    key = keys.newest()
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": user.email, "role": str(user.role), "ses": key.sealed(secret),
        "iat": at, "exp": at + LASTS,
    }  # fmt: skip
    return jwt.encode(claims, key.private, ALGORITHM, {"kid": key.name, "typ": KIND})


def secret_of(keys: Keys, token: str) -> str:
    """Return the secret of the session that an access token carries.

    Raises:
        Problem: it is none of ours, or has expired.

    """
    if len(token) > LONGEST:
        raise _refused()
    try:
        header = jwt.get_unverified_header(token)
        # A name, and never a place to fetch a key from.
        key = keys.named(str(header.get("kid")))
        if key is None or header.get("alg") != ALGORITHM or header.get("typ") != KIND:
            raise _refused()
        claims = jwt.decode(
            token, key.private.public_key(), algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, leeway=LEEWAY,
            options={"require": NEEDED},
        )  # fmt: skip
    except jwt.ExpiredSignatureError:
        raise Problem("session-ended", "the access token has expired; refresh it") from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise _refused() from None
    secret = key.opened(str(claims["ses"]))
    if secret is None:
        raise _refused()
    return secret


def _refused() -> Problem:
    return Problem("not-logged-in", "the access token is not valid; log in")
