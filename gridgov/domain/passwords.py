"""What a password must be: long, rather than odd."""

from gridgov.domain.errors import InvalidInput

LEAST, MOST = 10, 128
FEW = 4  # "aaaaaaaaaa" and "1212121212" are long and no secret


def check(password: str, again: str, username: str) -> None:
    """Refuse a password that is too easy. Raises: InvalidInput (field password or again)."""
    if len(password) < LEAST:
        raise InvalidInput("password", "too_short", limit=LEAST)
    if len(password) > MOST:
        raise InvalidInput("password", "too_long", limit=MOST, length=len(password))
    plain = password.casefold()
    if len(set(plain)) < FEW or username.casefold() in plain:
        raise InvalidInput("password", "too_easy")
    if password != again:
        raise InvalidInput("again", "differs")
