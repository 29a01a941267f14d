"""What comes in is checked, and what goes out is told how to behave: one layer around the whole application.

Refused are requests under a foreign Host (DNS rebinding), unsafe methods from another site (by Sec-Fetch-Site and
Origin), other sites' scripts and images that fetch pages, bodies over the limit, and, where a token is set, callers without it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, field
from html import escape
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from groundsmith.studio.words import say

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
MOST_BYTES = 32 * 2**20
"""Most bytes of a request's body."""
TOKEN_COOKIE = "groundsmith_token"  # noqa: S105 - a name
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class Refused(Exception):
    """A request that goes no further: the status and what is said."""

    def __init__(self, *, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Guard:
    """The layer; `hosts` are the names it answers to, `token` what callers must show, none when empty."""

    app: ASGIApp
    _: KW_ONLY
    hosts: frozenset[str] = LOOPBACK
    token: str = field(default="", repr=False)
    most_bytes: int = MOST_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request and pass it on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            self._check(scope, headers)
            if self.token and not self._is_known(headers):
                await self._admit(scope, send)
                return
            await self.app(scope, self._limited(receive), _dressed(send))
        except Refused as refusal:
            await _refuse(send, refusal, as_page="text/html" in headers.get("accept", ""))

    def _check(self, scope: Scope, headers: dict[str, str]) -> None:
        host = headers.get("host", "")
        if not self._is_ours(host):
            raise Refused(status=421, message=say("guard.host", host=host[:80]))
        site, mode = headers.get("sec-fetch-site", ""), headers.get("sec-fetch-mode", "")
        if scope["method"] not in SAFE:
            origin = headers.get("origin")
            foreign = origin is not None and urlsplit(origin).netloc.lower() != host.lower()
            if foreign or site not in ("", "same-origin", "none"):
                raise Refused(status=403, message=say("guard.origin"))
        elif site in ("cross-site", "same-site") and mode not in ("navigate", ""):
            raise Refused(status=403, message=say("guard.origin"))
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > self.most_bytes:
            raise Refused(status=413, message=say("guard.large", most=self.most_bytes // 2**20))

    def _is_ours(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return name in self.hosts or (bool(self.token) and _is_number(name))

    def _is_known(self, headers: dict[str, str]) -> bool:
        kind, _, shown = headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._fits(shown.strip()):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(TOKEN_COOKIE)
        except CookieError:
            return False
        return cookie is not None and self._fits(cookie.value)

    def _fits(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode(), self.token.encode())

    async def _admit(self, scope: Scope, send: Send) -> None:
        """Take a token from the address, keep it in a cookie, and lead on without it; refuse callers without one."""
        pairs = parse_qsl(scope["query_string"].decode("latin-1"))
        shown = dict(pairs).get("token", "")
        if scope["method"] not in SAFE or not self._fits(shown):
            raise Refused(status=401, message=say("guard.token"))
        rest = urlencode([pair for pair in pairs if pair[0] != "token"])
        where = "/" + scope["path"].lstrip("/\\") + (f"?{rest}" if rest else "")
        cookie = f"{TOKEN_COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        headers = [(b"location", _ascii(where)), (b"set-cookie", cookie.encode())]
        await _send(send, 303, headers, b"")

    def _limited(self, receive: Receive) -> Receive:
        """Return `receive` that refuses a body longer than the limit, whatever its header said."""
        taken = 0

        async def limited() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most_bytes:
                raise Refused(status=413, message=say("guard.large", most=self.most_bytes // 2**20))
            return message

        return limited


def hosts_for(names: Iterable[str]) -> frozenset[str]:
    """Return the names a server answers to: this machine's loopback, and those given."""
    return LOOPBACK | {name.lower().strip("[]") for name in names if name}


def _is_number(name: str) -> bool:
    """Return whether a host is an address in figures, which no name server can redirect."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _ascii(text: str) -> bytes:
    from urllib.parse import quote

    return quote(text, safe="/?&=%+~#:,.-_").encode("ascii")


def _dressed(send: Send) -> Send:
    """Return `send` that adds the headers every answer has."""

    async def dressed(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = list(message.get("headers", []))
            names = {name for name, _ in kept}
            added = [pair for pair in (*_HEADERS, (b"cache-control", b"private, no-cache")) if pair[0] not in names]
            message = {**message, "headers": [*kept, *added]}
        await send(message)

    return dressed


async def _refuse(send: Send, refusal: Refused, *, as_page: bool) -> None:
    """Say no: as a page to a browser, in the one error form to anybody else."""
    if as_page:
        title, message, remedy = (
            escape(text) for text in (say("error.forbidden.title"), refusal.message, say("guard.remedy"))
        )
        body = f'<!doctype html><html lang="en"><title>{title}</title><main><h1>{title}</h1><p>{message}</p><p>{remedy}</p></main></html>'
        kind = b"text/html; charset=utf-8"
    else:
        told = {"status": refusal.status, "message": refusal.message, "remedy": say("guard.remedy")}
        body, kind = json.dumps({"error": told}), b"application/json"
    await _send(send, refusal.status, [(b"content-type", kind), (b"connection", b"close")], body.encode())


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await _dressed(send)({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
