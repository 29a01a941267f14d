"""The connection: a name is resolved once, every address is checked, and the connection goes to a checked one.

Name and address are tied here and nowhere else, at the moment of connecting, so a name that resolves otherwise a
moment later (DNS rebinding) changes nothing. TLS still asks for and verifies the certificate of the name. Every
wait, from the look-up to the last byte of the body, is bounded by one deadline.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any, Final

import httpcore2

from knowledge.errors import DocumentError
from knowledge.fetch.address import Refuse, why_refused

Resolve = Callable[[str, int], list[str]]
"""Returns the addresses of a host, as text; raises OSError."""

_SHORTEST: Final = 0.001
_CONNECT: Final = 10.0


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses that the system knows a host by, the preferred first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


class Deadline:
    """The moment at which the request in hand is given up, on `time.monotonic`."""

    def __init__(self) -> None:
        self._until = 0.0
        self.seconds = 0.0

    def start(self, seconds: float) -> None:
        """Give the next request `seconds` from now."""
        self.seconds = seconds
        self._until = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds left; raises TimeoutException when there are none."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.TimeoutException(f"not done within {self.seconds:g} seconds")
        return max(left, _SHORTEST)


class PinnedBackend(httpcore2.NetworkBackend):
    """Opens connections to public addresses only; raises DocumentError for a host that has another.

    `refuse` and `resolve` are arguments so that tests can reach a server of their own; no setting changes them.
    """

    def __init__(self, deadline: Deadline, *, resolve: Resolve = resolve, refuse: Refuse = why_refused) -> None:
        self._deadline = deadline
        self._resolve = resolve
        self._refuse = refuse
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of `host` that answers, after all of them were checked."""
        problem: Exception | None = None
        for address in self._addresses(host, port):
            wait = min(self._deadline.left(), _CONNECT)
            try:
                stream = self._backend.connect_tcp(address, port, timeout=wait)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
                continue
            self._check_peer(host, stream)
            return BoundedStream(stream, self._deadline)
        raise problem or httpcore2.ConnectError(f"{host} has no address")

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Refuse: only the network is fetched from."""
        raise httpcore2.ConnectError(f"{path} is no host")

    def _addresses(self, host: str, port: int) -> list[str]:
        found = _within(self._deadline.left(), self._resolve, host, port)
        for address in found:
            self._check(host, address)
        return found

    def _check(self, host: str, address: str) -> None:
        """Raise DocumentError unless the address is public."""
        reason = self._refuse(ip_address(address))
        if reason:
            said = f"{host} is at {address}, which is not public ({reason})"
            raise DocumentError(host, f"{said}; save the page as a file and take that in", kind="refused")

    def _check_peer(self, host: str, stream: httpcore2.NetworkStream) -> None:
        """Check the address that the connection really has."""
        try:
            self._check(host, str(stream.get_extra_info("server_addr")[0]))
        except BaseException:
            stream.close()
            raise


class BoundedStream(httpcore2.NetworkStream):
    """A connection on which no read or write waits beyond the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return up to `max_bytes` bytes."""
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer`."""
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Return this connection under TLS."""
        return BoundedStream(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.left()), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as the interface has it
        """Return what is known of the connection."""
        return self._stream.get_extra_info(info)


def _within(seconds: float, resolve: Resolve, host: str, port: int) -> list[str]:
    """Return what `resolve` finds; a look-up cannot be stopped, so one that takes too long is left to itself."""
    answer: queue.Queue[list[str] | Exception] = queue.Queue(maxsize=1)

    def look_up() -> None:
        try:
            answer.put(resolve(host, port))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answer.put(error)

    threading.Thread(target=look_up, daemon=True, name=f"look up {host}").start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty as error:
        raise httpcore2.ConnectTimeout(f"the address of {host} was not found in time") from error
    if isinstance(found, Exception):
        raise httpcore2.ConnectError(f"the address of {host} cannot be found ({found})") from found
    return found
