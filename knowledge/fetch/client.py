"""One request and its answer, within limits: nothing here follows a redirect or asks for leave."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final

import httpcore2

from knowledge.errors import DocumentError
from knowledge.fetch.address import Refuse, why_refused
from knowledge.fetch.unpack import Gunzip
from knowledge.fetch.url import WebAddress
from knowledge.fetch.wire import Deadline, PinnedBackend, Resolve, resolve

OK: Final = 200
NOT_MODIFIED: Final = 304
AGENT: Final = "groundsmith"
_ACCEPT: Final = "text/html, application/xhtml+xml, application/pdf, text/*, application/xml;q=0.9, */*;q=0.5"
_NO_DOCUMENT: Final = ("image/", "audio/", "video/", "font/")
_MEDIA_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,64}/[a-z0-9!#$&^_.+-]{1,100}")
_DRAINED: Final = 65_536
_CONNECTIONS: Final = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What a server answered: `headers` by lower-case name, `body` unpacked and empty unless the status is 200."""

    address: WebAddress
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def media_type(self) -> str:
        """The media type that the server claims, in lower case; an empty string for none, or for no media type."""
        claimed = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return claimed if _MEDIA_TYPE.fullmatch(claimed) else ""


class Client:
    """Makes requests, one at a time, over connections that are kept; close it, or use it in a `with` block.

    `timeout` is the seconds a request may take from the look-up of the name to the last byte, `max_bytes` the size of
    a body as sent and as unpacked. `resolve`, `refuse` and `tls` exist for tests against a server of their own.
    """

    def __init__(
        self,
        *,
        agent: str = AGENT,
        max_bytes: int = 50_000_000,
        timeout: float = 60.0,
        resolve: Resolve = resolve,
        refuse: Refuse = why_refused,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.agent = agent
        self.max_bytes = max_bytes
        self._timeout = timeout
        self._deadline = Deadline()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls or httpcore2.default_ssl_context(),
            max_connections=_CONNECTIONS,
            network_backend=PinnedBackend(self._deadline, resolve=resolve, refuse=refuse),
        )

    def get(self, address: WebAddress, *, headers: Mapping[str, str] | None = None) -> Answer:
        """Return the answer to a GET request; raises DocumentError when there is none, or one beyond the limits."""
        self._deadline.start(self._timeout)
        try:
            try:
                return self._get(address, headers or {})
            except (httpcore2.ReadError, httpcore2.WriteError, httpcore2.RemoteProtocolError):
                return self._get(address, headers or {})  # a kept connection may just have been closed
        except DocumentError as error:
            raise DocumentError(str(address), error.reason, kind=error.kind) from error
        except httpcore2.TimeoutException as error:
            reason = " ".join(str(error).split()) or "no answer"
            said = f"given up ({reason}); library.site_timeout is {self._timeout:g} seconds"
            raise DocumentError(str(address), said, kind="timeout") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise DocumentError(str(address), f"cannot be fetched ({reason})", kind="unreachable") from error

    def _get(self, address: WebAddress, headers: Mapping[str, str]) -> Answer:
        # Any header a server may vary its answer by is always the same, so that validators stay comparable.
        sent = {"Host": address.site, "User-Agent": self.agent, "Accept": _ACCEPT, "Accept-Encoding": "gzip", **headers}
        url = httpcore2.URL(scheme=b"https", host=address.host, port=address.port, target=address.target)
        with self._pool.stream("GET", url, headers=_encoded(sent)) as response:
            found = _headers(response)
            answer = Answer(address=address, status=response.status, headers=found)
            if response.status != OK:
                _drain(response.iter_stream())
                return answer
            self._refuse_early(answer)
            body = self._read(response.iter_stream(), answer)
            return Answer(address=address, status=response.status, headers=found, body=body)

    def _refuse_early(self, answer: Answer) -> None:
        """Raise DocumentError for an answer whose headers already say that its body is of no use."""
        if answer.media_type.startswith(_NO_DOCUMENT):
            raise DocumentError(
                str(answer.address), f"the server says it is {answer.media_type}, no document", kind="unsupported"
            )
        length = answer.headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.max_bytes:
            raise self._too_large(answer, f"{length} bytes are more")

    def _read(self, chunks: Iterator[bytes], answer: Answer) -> bytes:
        coding = answer.headers.get("content-encoding", "identity").strip().lower()
        if coding not in ("identity", "", "gzip", "x-gzip"):
            said = f"the server sent it as {coding[:40]!a}, though only gzip was asked for"
            raise DocumentError(str(answer.address), said, kind="unsupported")
        member = Gunzip(str(answer.address), max_bytes=self.max_bytes) if coding.endswith("gzip") else None
        parts, size = [], 0
        for chunk in chunks:
            size += len(chunk)
            if size > self.max_bytes:
                raise self._too_large(answer, "it is larger")
            parts.append(member.feed(chunk) if member else chunk)
        if member and size:
            member.end()
        return b"".join(parts)

    def _too_large(self, answer: Answer, said: str) -> DocumentError:
        return DocumentError(str(answer.address), f"{said} than library.max_bytes = {self.max_bytes}", kind="too-large")

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]


def _headers(response: httpcore2.Response) -> dict[str, str]:
    """Return the headers by lower-case name, the first of each."""
    found: dict[str, str] = {}
    for name, value in response.headers:
        found.setdefault(name.decode("latin-1").lower(), value.decode("latin-1").strip())
    return found


def _drain(chunks: Iterator[bytes]) -> None:
    """Read a short body to its end, so that the connection can be used again."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > _DRAINED:
            return
