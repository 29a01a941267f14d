"""Web addresses: read strictly, written in one form, and held against the list of allowed sites.

What is checked here is what is fetched: a request is made from the parts of a `WebAddress`, never from the text it
was read from, so that no second reader can take the text otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from knowledge.errors import DocumentError, SettingsError

HTTPS_PORT: Final = 443
LONGEST: Final = 2_000
_FORBIDDEN: Final = re.compile(r"[\x00-\x20\x7f\\<>^`{|}\"\u0080-\u00a0\u2028\u2029]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_LOOKS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER: Final = re.compile(r"\d+|0[xX][0-9a-fA-F]*")
_USER: Final = re.compile(r"//[^/@]*@")
_PATH: Final = "/%:@!$&'()*+,;=~-._"
_QUERY: Final = _PATH + "?"


@dataclass(frozen=True, kw_only=True, slots=True)
class WebAddress:
    """An https address: `host` is lower-case ASCII or an IP address, `target` the path and query, percent-encoded."""

    host: str
    port: int
    target: str

    @property
    def site(self) -> str:
        """The host, and the port when it is not 443: what requests are spaced by."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == HTTPS_PORT else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"https://{self.site}{self.target}"


def is_web(word: str) -> bool:
    """Return whether a word on a command line is meant as a web address, of any scheme, and not as a path."""
    return _LOOKS.match(word) is not None


def parse(text: str, *, base: WebAddress | None = None, upgrade: bool = False) -> WebAddress:
    """Return the https address that `text` is, relative to `base` if there is one.

    `upgrade` reads http as https, for links that a page or a site map gives. Raises DocumentError, naming the text.
    """
    shown = _shown(text)
    if len(text) > LONGEST:
        raise DocumentError(shown, f"the address is longer than {LONGEST} characters", kind="refused")
    if found := _FORBIDDEN.search(text):
        remedy = "write it percent-encoded"
        raise DocumentError(shown, f"the address has the character {found[0]!r} in it; {remedy}", kind="refused")
    try:
        parts = urlsplit(urljoin(str(base), text) if base else text)
        port = parts.port
    except ValueError as error:
        raise DocumentError(shown, f"this is no web address ({error})", kind="refused") from error
    scheme = "https" if upgrade and parts.scheme == "http" and port in (None, 80) else parts.scheme
    if scheme != "https":
        said = f"its scheme is {scheme}" if scheme else "it has no scheme"
        raise DocumentError(shown, f"{said}, but only https is fetched; write https://…", kind="refused")
    if "@" in parts.netloc:
        remedy = "take them out; sites that need a login cannot be taken in"
        raise DocumentError(shown, f"there is a user name or a password in the address; {remedy}", kind="refused")
    port = HTTPS_PORT if scheme != parts.scheme or port is None else port
    if port == 0:
        raise DocumentError(shown, "port 0 is no port; leave it out", kind="refused")
    try:
        return WebAddress(host=host_name(parts.hostname or ""), port=port, target=_target(parts.path, parts.query))
    except ValueError as error:
        raise DocumentError(shown, str(error), kind="refused") from error


def _shown(text: str) -> str:
    """Return an address as it may be repeated to a person: no credentials, no control characters, not too long."""
    masked = _USER.sub("//…@", text)
    short = masked if len(masked) <= LONGEST else f"{masked[:80]}…"
    return "".join(mark if mark.isprintable() else repr(mark)[1:-1] for mark in short)


def _target(path: str, query: str) -> str:
    path = urljoin("https://host/", path or "/").removeprefix("https://host") if ".." in path or "/." in path else path
    path = quote(path or "/", safe=_PATH)
    return f"{path}?{quote(query, safe=_QUERY)}" if query else path


def host_name(host: str) -> str:
    """Return a host as lower-case ASCII without a last dot, or an IP address in its usual form; raises ValueError."""
    if "%" in host:
        raise ValueError(f"{host!r} is no host name: percent signs and network interfaces have no place in one")
    if ":" in host:
        return _ipv6(host)
    name = host if host.isascii() else _ascii(host)
    name = name.lower().removesuffix(".")
    if name.isascii() and _NUMBER.fullmatch(name.rpartition(".")[2]):
        return _ipv4(name, host)
    if not name or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{host!r} is no host name")
    return name


def _ascii(host: str) -> str:
    """Return an international host name as IDNA 2008 writes it, after the mapping of UTS 46."""
    import idna

    try:
        return idna.encode(host, uts46=True, std3_rules=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError(f"{host!r} is no host name ({error})") from error


def _ipv6(host: str) -> str:
    try:
        return str(IPv6Address(host))
    except AddressValueError as error:
        raise ValueError(f"{host!r} is no IPv6 address") from error


def _ipv4(name: str, host: str) -> str:
    """Return an IPv4 address as four decimal numbers; the forms that only resolvers understand are refused."""
    try:
        return str(IPv4Address(name))
    except AddressValueError as error:
        raise ValueError(f"{host!r} is no host name, and no IPv4 address in its usual form") from error


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """An entry of the list of allowed sites: a host, with `below` also any host below it."""

    host: str
    port: int
    below: bool = False

    def has(self, address: WebAddress) -> bool:
        """Return whether an address is of this site."""
        return self.port == address.port and (
            address.host.endswith(f".{self.host}") if self.below else address.host == self.host
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Sites:
    """The sites that may be fetched from."""

    sites: tuple[Site, ...] = ()

    @classmethod
    def of(cls, words: Sequence[str]) -> Sites:
        """Read entries as `library.sites` holds them: host, host:port, *.host; raises SettingsError."""
        return cls(sites=tuple(_site(word) for word in words))

    def check(self, address: WebAddress) -> None:
        """Raise DocumentError for an address of a site that is not on the list."""
        if not any(site.has(address) for site in self.sites):
            remedy = f"add it, as in --set library.sites={address.site}"
            raise DocumentError(str(address), f"{address.site} is not in library.sites; {remedy}", kind="refused")


def _site(word: str) -> Site:
    remedy = "write a host, as in www.example.gov or *.example.gov or www.example.gov:8443"
    below = word.startswith("*.")
    rest = word.removeprefix("*.")
    if (_SCHEME.match(rest) and "//" in rest) or any(mark in rest for mark in "/*@?# "):
        raise SettingsError(f"library.sites: {word!r} is no site; {remedy}")
    try:
        address = parse(f"https://{rest}")
    except DocumentError as error:
        raise SettingsError(f"library.sites: {word!r} is no site ({error.reason}); {remedy}") from error
    if below and ("." not in address.host or _NUMBER.fullmatch(address.host.rpartition(".")[2])):
        raise SettingsError(f"library.sites: {word!r} allows too much; name at least two labels, as in *.example.gov")
    return Site(host=address.host, port=address.port, below=below)
