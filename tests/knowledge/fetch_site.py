"""A web site on loopback, under TLS with a certificate of its own, for tests of fetching."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address

import trustme

from knowledge.fetch.address import Address, why_refused
from knowledge.fetch.client import Client
from knowledge.fetch.fetcher import Fetcher
from knowledge.fetch.pace import Pace
from knowledge.fetch.url import Sites

Route = Callable[[BaseHTTPRequestHandler], None]
HOSTS = ("site.test", "other.test")


def page(title: str, body: str, *, links: tuple[str, ...] = ()) -> str:
    anchors = "".join(f'<p><a href="{link}">a page of rules</a></p>' for link in links)
    return f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{body}</p>{anchors}</main></body></html>"


class Site:
    """Routes by path, and a note of every request; `hosts` serve the same."""

    def __init__(self, port: int, tls: ssl.SSLContext) -> None:
        self.port = port
        self.tls = tls
        self.routes: dict[str, Route] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.requests if path != "/robots.txt"]

    def url(self, path: str = "/", host: str = "site.test") -> str:
        return f"https://{host}:{self.port}{path}"

    def send(
        self, path: str, body: str | bytes = b"", *, status: int = 200, media: str = "text/html", **headers: str
    ) -> None:
        """Answer a path; header names are written with underscores. `etag` and `last_modified` answer conditions."""
        data = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def route(handler: BaseHTTPRequestHandler) -> None:
            asked = handler.headers.get("If-None-Match") or handler.headers.get("If-Modified-Since")
            same = asked is not None and asked in (headers.get("etag"), headers.get("last_modified"))
            handler.send_response(304 if same else status)
            for name, value in named.items():
                handler.send_header(name, value)
            if not same:
                handler.send_header("Content-Type", media)
                handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            if not same:
                handler.wfile.write(data)

        self.routes[path] = route

    def redirect(self, path: str, target: str, *, status: int = 302) -> None:
        self.send(path, status=status, location=target)

    def stream(self, path: str, chunks: Callable[[], Iterator[bytes]], **headers: str) -> None:
        """Answer a path in chunks, without saying how long it is."""

        def route(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Transfer-Encoding", "chunked")
            for name, value in {"content_type": "text/html", **headers}.items():
                handler.send_header(name.replace("_", "-"), value)
            handler.end_headers()
            for chunk in chunks():
                handler.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            handler.wfile.write(b"0\r\n\r\n")

        self.routes[path] = route

    def client(self, **options: object) -> Client:
        chosen = {"resolve": lambda host, port: ["127.0.0.1"], "refuse": allow_loopback, "tls": self.tls, "timeout": 10}
        return Client(**{**chosen, **options})

    def fetcher(self, *, sites: tuple[str, ...] = (), pace: Pace | None = None, **options: object) -> Fetcher:
        allowed = Sites.of(sites or [f"{host}:{self.port}" for host in HOSTS])
        return Fetcher(self.client(**options), sites=allowed, pace=pace or Pace(delay=0))


def allow_loopback(address: Address) -> str:
    return "" if address == IPv4Address("127.0.0.1") else why_refused(address)


@cache
def contexts() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return one context that trusts the certificate of the hosts, and one that shows it."""
    authority = trustme.CA()
    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert(*HOSTS).configure_cert(theirs)
    return ours, theirs


@contextmanager
def running() -> Iterator[Site]:
    """Yield a site that is served until the block ends."""
    ours, theirs = contexts()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            site.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            route = site.routes.get(self.path)
            if route is None:
                self.send_error(404)
            else:
                route(self)

        def log_message(self, *words: object) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = False  # closing waits for what is still being answered

        def handle_error(self, *words: object) -> None:
            return

        def finish_request(self, request: object, address: object) -> None:
            with theirs.wrap_socket(request, server_side=True) as wrapped:
                super().finish_request(wrapped, address)

    server = Server(("127.0.0.1", 0), Handler)
    site = Site(server.server_port, ours)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
