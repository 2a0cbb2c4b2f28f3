"""Asking a server over HTTP: again when it is busy or away, never for longer than is worth it, and without telling anybody its key."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..core.clock import system_clock
from ..errors import Busy, Denied, Invalid

_PASSING = {408, 409, 425, 429}  # and everything from 500 on
_FIRST_WAIT = 0.5  # seconds; doubled each time
_CONNECT = 5.0  # seconds, at most, until somebody takes the call at all
_SAID = 200  # characters of a server's own words that are passed on
_TOO_MUCH = re.compile(
    r"too (long|large)|longer than|context (length|size|window)|input length|maximum (context|batch|input|allowed|number)"
    r"|(input|batch|sequence|tokens?)\b.{0,40}\bexceed",
    re.IGNORECASE,
)


class Patience(NamedTuple):
    """How many seconds a request may take, waits and all, and how often it is tried."""

    seconds: float
    tries: int


class TooMuch(Invalid):
    """The server takes less at once than it was sent; send less."""


class Server:
    """One address, and the connections to it."""

    def __init__(self, url: str, key: str = "", *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = checked_url(url)
        import httpx

        if not (key.isascii() and key.isprintable()) or " " in key:
            raise Invalid(f"the key for {self.url} has characters that no key has; set it again, without line ends and quotes")
        self._client = httpx.Client(headers={"Authorization": f"Bearer {key}"} if key else {})
        self._hide: Callable[[str], str] = lambda text: text.replace(key, "***") if key else text  # so that no attribute holds the key
        self._sleep = sleep

    def __repr__(self) -> str:
        return f"<Server {self.url}>"

    def post(self, path: str, body: dict[str, Any], patience: Patience) -> Any:
        """What the server answers, read from its JSON."""
        import httpx

        begun = time.monotonic()
        for attempt in range(1, patience.tries + 1):
            left = max(0.001, patience.seconds - (time.monotonic() - begun))
            told = None
            try:
                answer = self._client.post(self.url + path, json=body, timeout=httpx.Timeout(left, connect=min(left, _CONNECT)))
            except httpx.TimeoutException:
                problem = "did not answer in time"
            except httpx.TransportError as error:
                problem = f"cannot be reached ({self._hide(str(error)) or type(error).__name__})"
            else:
                if answer.status_code < 500 and answer.status_code not in _PASSING:
                    return self._read(answer)
                problem, told = self._said(answer), _retry_after(answer)
                if answer.status_code == 500 and _TOO_MUCH.search(problem):
                    raise TooMuch(f"{self.url} {problem}; send shorter texts")
            wait = _FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.5, 1) if told is None else told
            if attempt == patience.tries or time.monotonic() - begun + wait >= patience.seconds:
                break
            self._sleep(wait)
        then = "see that it runs, and try again" if told is None else f"try again in {told:.0f} seconds"
        raise Busy(f"{self.url} {problem} (tries: {attempt}, in at most {patience.seconds:g} seconds); {then}")

    def _read(self, answer: Any) -> Any:
        said = self._said(answer)
        if answer.status_code in (401, 403):
            raise Denied(f"{self.url} {said}; set its key, or ask for what the key may do")
        if answer.status_code == 413 or (answer.status_code in (400, 422) and _TOO_MUCH.search(said)):
            raise TooMuch(f"{self.url} {said}; send shorter texts")
        if not answer.is_success:
            raise Invalid(f"{self.url} {said}; see that the address and the name of the model are right")
        try:
            return answer.json()
        except ValueError as error:
            raise Invalid(f"{self.url}{path_of(answer)} answered with something that is no JSON; see that the address is right") from error

    def _said(self, answer: Any) -> str:
        """Its status, and the beginning of its own words: without the key, should it repeat that."""
        words = " ".join(self._hide(_message(answer)).split())[:_SAID]
        return f"answered {answer.status_code}" + (f" ({words})" if words else "")


def checked_url(url: str) -> str:
    """An address that can be asked, without a slash at its end; a password has no place in it."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment
        hidden = parts.username is not None or parts.password is not None
        _ = parts.port  # raises if it is none
    except ValueError as error:
        raise Invalid(f"{url!r} is no address of a server; write it as https://host/v1") from error
    if hidden:
        raise Invalid(f"the address of {parts.hostname} holds a user or a password, which would be shown in errors; set its key instead")
    if not fine:
        raise Invalid(f"{url!r} is no address of a server; write it as https://host/v1")
    return url.rstrip("/")


def path_of(answer: Any) -> str:
    """The path that was asked, for an error."""
    return str(answer.request.url.path)


def _message(answer: Any) -> str:
    """The words in an error's body; servers differ in where they put them."""
    if answer.is_success:
        return ""
    try:
        found = answer.json()
    except ValueError:
        return str(answer.text)
    for name in ("error", "message", "detail"):
        if isinstance(found, dict) and found.get(name):
            found = found[name]
    return found if isinstance(found, str) else str(found)


def _retry_after(answer: Any) -> float | None:
    """Seconds, from the header Retry-After: a number of them, or a date."""
    said = answer.headers.get("Retry-After", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", said):
        return float(said)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - system_clock()).total_seconds())
