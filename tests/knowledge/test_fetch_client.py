"""What is refused on the wire: addresses that are not public, bodies too large or too slow, circles, broken answers."""

from __future__ import annotations

import gzip
import importlib.util
import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from knowledge.errors import DocumentError
from knowledge.fetch.address import why_refused
from knowledge.fetch.client import Client
from knowledge.fetch.fetcher import Fetcher
from knowledge.fetch.pace import Halted, Pace
from knowledge.fetch.url import Sites, parse

spec = importlib.util.spec_from_file_location("fetch_site", Path(__file__).with_name("fetch_site.py"))
assert spec is not None
assert spec.loader is not None
fetch_site = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fetch_site)
MEGABYTE = 1_000_000


@pytest.fixture
def site() -> Iterator[fetch_site.Site]:
    with fetch_site.running() as site:
        yield site


def refused(fetcher: Fetcher, url: str) -> DocumentError:
    """Return the error that fetching `url` ends with."""
    with fetcher, pytest.raises(DocumentError) as caught:
        fetcher.fetch(parse(url))
    assert str(caught.value).startswith("https://")
    return caught.value


def test_a_page_is_fetched_with_its_headers(site: fetch_site.Site) -> None:
    site.send("/a", "hello", etag='"1"', last_modified="Sat, 21 Nov 2026 00:00:00 GMT")
    with site.fetcher(agent="rules-library/2 (mailto:data@example.gov)") as fetcher:
        page = fetcher.fetch(parse(site.url("/a")))
    assert page.answer.body == b"hello"
    assert page.answer.headers["etag"] == '"1"'
    headers = dict(site.requests)["/a"]
    assert headers["user-agent"] == "rules-library/2 (mailto:data@example.gov)"
    assert headers["host"] == f"site.test:{site.port}"
    assert "cookie" not in headers
    assert "authorization" not in headers


# Addresses -----------------------------------------------------------------------------------------------------

PRIVATE = [
    "127.0.0.1",
    "10.0.0.7",
    "169.254.169.254",
    "100.64.0.1",
    "192.168.1.1",
    "0.0.0.0",
    "::1",
    "fe80::1",
    "fc00::1",
]
CARRIED = ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::7f00:1", "224.0.0.1", "ff02::1"]


@pytest.mark.parametrize("address", [*PRIVATE, *CARRIED])
def test_a_name_at_a_private_address_is_refused(site: fetch_site.Site, address: str) -> None:
    error = refused(site.fetcher(resolve=lambda host, port: [address], refuse=why_refused), site.url())
    assert error.kind in ("refused", "unreachable")
    assert f"is at {address}, which is not public" in str(error)
    assert "save the page as a file" in str(error)
    assert site.requests == []


def test_one_private_address_among_public_ones_is_enough(site: fetch_site.Site) -> None:
    error = refused(
        site.fetcher(resolve=lambda host, port: ["93.184.215.14", "10.0.0.1"], refuse=why_refused), site.url()
    )
    assert "is at 10.0.0.1" in str(error)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "10.1.2.3"])
def test_private_hosts_are_refused_though_the_user_allowed_them(host: str) -> None:
    client = Client()
    error = refused(Fetcher(client, sites=Sites.of([host]), pace=Pace(delay=0)), f"https://{host}/")
    assert "not public" in str(error)


def test_a_name_that_changes_between_check_and_connection_changes_nothing(site: fetch_site.Site) -> None:
    site.send("/a", "hello")
    site.send("/robots.txt", "", media="text/plain")
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with site.fetcher(resolve=resolve) as fetcher:
        assert fetcher.fetch(parse(site.url("/a"))).answer.body == b"hello"
    assert asked == ["site.test"]  # one look-up, checked and connected to; robots.txt and the page share the connection


def test_a_name_that_changes_before_the_next_connection_is_checked_again(site: fetch_site.Site) -> None:
    site.send("/a", "hello", connection="close")
    site.send("/robots.txt", "", media="text/plain", connection="close")
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    error = refused(site.fetcher(resolve=lambda host, port: next(answers)), site.url("/a"))
    assert "is at 10.0.0.1" in str(error)
    assert site.paths == []


def test_the_next_address_is_tried_where_one_does_not_answer(site: fetch_site.Site) -> None:
    site.send("/a", "hello")
    options = {"resolve": lambda host, port: ["127.0.0.2", "127.0.0.1"], "refuse": lambda address: ""}
    with site.fetcher(**options) as fetcher:
        assert fetcher.fetch(parse(site.url("/a"))).answer.body == b"hello"


def test_the_address_of_the_connection_itself_is_checked(site: fetch_site.Site) -> None:
    answers = iter(["", "loopback"])
    error = refused(site.fetcher(refuse=lambda address: next(answers)), site.url())
    assert "is at 127.0.0.1, which is not public (loopback)" in str(error)
    assert site.requests == []


def test_the_certificate_is_that_of_the_name(site: fetch_site.Site) -> None:
    error = refused(site.fetcher(sites=(f"wrong.test:{site.port}",)), site.url(host="wrong.test"))
    assert "certificate" in str(error).lower()
    assert site.requests == []


def test_a_certificate_nobody_vouches_for_is_refused(site: fetch_site.Site) -> None:
    error = refused(site.fetcher(tls=ssl.create_default_context()), site.url())
    assert "certificate" in str(error).lower()


def test_a_name_without_address_is_an_error_of_that_page(site: fetch_site.Site) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    assert "Name or service not known" in str(refused(site.fetcher(resolve=resolve), site.url()))
    assert "has no address" in str(refused(site.fetcher(resolve=lambda host, port: []), site.url()))


# Redirects -----------------------------------------------------------------------------------------------------


def test_redirects_are_followed_and_told(site: fetch_site.Site) -> None:
    site.redirect("/old", "/newer", status=301)
    site.redirect("/newer", site.url("/new", "other.test"), status=308)
    site.send("/new", "hello")
    with site.fetcher() as fetcher:
        page = fetcher.fetch(parse(site.url("/old")))
    assert str(page.address) == site.url("/new", "other.test")
    assert [str(hop) for hop in page.redirects] == [site.url("/old"), site.url("/newer")]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://site.test/", "only https is fetched"),
        ("file:///etc/passwd", "only https is fetched"),
        ("https://evil.test/", "evil.test is not in library.sites"),
        ("https://user:pw@site.test/", "user name or a password"),
        ("https://2130706433/", "no IPv4 address in its usual form"),
        ("https://127.0.0.1/", "not in library.sites"),
        ("", "without saying where"),
        ("/loop", "in a circle"),
    ],
)
def test_redirects_to_what_may_not_be_fetched_are_refused(site: fetch_site.Site, target: str, said: str) -> None:
    site.redirect("/loop", target)
    error = refused(site.fetcher(), site.url("/loop"))
    assert said in str(error)
    assert str(error).startswith(site.url("/loop"))
    assert site.paths == ["/loop"]


def test_a_redirect_to_a_private_address_is_refused(site: fetch_site.Site) -> None:
    site.redirect("/a", site.url("/secret", "other.test"))
    site.send("/secret", "secret")
    places = {"site.test": ["127.0.0.1"], "other.test": ["192.168.0.1"]}
    error = refused(site.fetcher(resolve=lambda host, port: places[host]), site.url("/a"))
    assert "redirects to" in str(error)
    assert "is at 192.168.0.1, which is not public (private)" in str(error)
    assert site.paths == ["/a"]


def test_a_long_chain_of_redirects_ends(site: fetch_site.Site) -> None:
    for number in range(50):
        site.redirect(f"/{number}", f"/{number + 1}")
    assert "redirects more than 8 times" in str(refused(site.fetcher(), site.url("/0")))
    assert len(site.paths) == 9


# Size ----------------------------------------------------------------------------------------------------------


def test_a_body_said_to_be_too_large_is_not_read(site: fetch_site.Site) -> None:
    site.send("/a", b"x" * MEGABYTE)
    error = refused(site.fetcher(max_bytes=1000), site.url("/a"))
    assert "1000000 bytes are more than library.max_bytes = 1000" in str(error)
    assert error.kind == "too-large"


def test_an_endless_body_without_length_is_cut_off(site: fetch_site.Site) -> None:
    sent = []

    def chunks() -> Iterator[bytes]:
        while True:
            sent.append(1)
            yield b"x" * 10_000

    site.stream("/a", chunks)
    error = refused(site.fetcher(max_bytes=100_000), site.url("/a"))
    assert "it is larger than library.max_bytes = 100000" in str(error)
    assert len(sent) < 10_000


def test_a_gzip_bomb_is_cut_off(site: fetch_site.Site) -> None:
    bomb = gzip.compress(b"\0" * (64 * MEGABYTE))
    assert len(bomb) < 100_000
    site.send("/a", bomb, content_encoding="gzip")
    error = refused(site.fetcher(max_bytes=MEGABYTE), site.url("/a"))
    assert "unpacks to more than library.max_bytes = 1000000" in str(error)
    assert error.kind == "too-large"


def test_gzip_is_unpacked(site: fetch_site.Site) -> None:
    site.send("/a", gzip.compress(b"hello ") + gzip.compress(b"there"), content_encoding="gzip")
    site.send("/cut", gzip.compress(b"hello" * 1000)[:-12], content_encoding="gzip")
    site.send("/none", b"no gzip at all", content_encoding="gzip")
    site.send("/brotli", b"hello", content_encoding="br")
    with site.fetcher() as fetcher:
        assert fetcher.fetch(parse(site.url("/a"))).answer.body == b"hello there"
    assert "cut short" in str(refused(site.fetcher(), site.url("/cut")))
    assert "damaged" in str(refused(site.fetcher(), site.url("/none")))
    assert "sent it as 'br'" in str(refused(site.fetcher(), site.url("/brotli")))


def test_pictures_and_films_are_not_read(site: fetch_site.Site) -> None:
    site.send("/a", b"x" * 100, media="image/png")
    assert "it is image/png, no document" in str(refused(site.fetcher(), site.url("/a")))


# Time ----------------------------------------------------------------------------------------------------------


def test_a_body_that_trickles_is_given_up(site: fetch_site.Site) -> None:
    ended = threading.Event()

    def chunks() -> Iterator[bytes]:
        while not ended.wait(0.05):  # each wait is short; only all of them together are too long
            yield b"x"

    site.stream("/a", chunks)
    error = refused(site.fetcher(timeout=0.6), site.url("/a"))
    ended.set()
    assert error.kind == "timeout"
    assert "library.site_timeout is 0.6 seconds" in str(error)


def test_silence_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections, and never speaks
        port = server.getsockname()[1]
        client = Client(resolve=lambda host, port: ["127.0.0.1"], refuse=lambda address: "", timeout=0.3)
        error = refused(
            Fetcher(client, sites=Sites.of([f"x.test:{port}"]), pace=Pace(delay=0)), f"https://x.test:{port}/"
        )
    assert "library.site_timeout is 0.3 seconds" in str(error)


def test_headers_that_trickle_are_given_up(site: fetch_site.Site) -> None:
    ended = threading.Event()

    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not ended.wait(0.05):
            handler.wfile.write(b"X: x\r\n")

    site.routes["/a"] = route
    error = refused(site.fetcher(timeout=0.5), site.url("/a"))
    ended.set()
    assert error.kind == "timeout"


def test_a_look_up_that_hangs_is_given_up(site: fetch_site.Site) -> None:
    ended = threading.Event()

    def resolve(host: str, port: int) -> list[str]:
        ended.wait(60)
        return ["127.0.0.1"]

    error = refused(site.fetcher(resolve=resolve, timeout=0.2), site.url())
    ended.set()
    assert "was not found in time" in str(error)


# Broken answers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 500, 502])
def test_other_answers_are_errors(site: fetch_site.Site, status: int) -> None:
    site.send("/a", "sorry", status=status)
    error = refused(site.fetcher(), site.url("/a"))
    assert f"the server answers {status}" in str(error)
    assert error.kind == ("gone" if status in (404, 410) else "unreachable")


def test_an_answer_that_breaks_off_is_an_error(site: fetch_site.Site) -> None:
    def route(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
        handler.close_connection = True

    site.routes["/a"] = route
    assert refused(site.fetcher(), site.url("/a")).kind == "unreachable"


def test_nonsense_and_endless_headers_are_errors(site: fetch_site.Site) -> None:
    def nonsense(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"hello there\r\n\r\n")
        handler.close_connection = True

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: x\r\n" % number for number in range(50_000)))
        handler.close_connection = True

    site.routes.update({"/a": nonsense, "/b": endless})
    assert refused(site.fetcher(), site.url("/a")).kind == "unreachable"
    assert refused(site.fetcher(), site.url("/b")).kind == "unreachable"


def test_a_304_without_condition_is_an_error(site: fetch_site.Site) -> None:
    site.send("/a", status=304)
    assert "304" in str(refused(site.fetcher(), site.url("/a")))


# Manners -------------------------------------------------------------------------------------------------------


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def paced(clock: Clock, **options: object) -> Pace:
    return Pace(**{"delay": 1.0, "clock": clock, "sleep": clock.sleep, **options})


def test_requests_to_one_host_are_spaced(site: fetch_site.Site) -> None:
    clock = Clock()
    site.send("/a", "hello")
    with site.fetcher(pace=paced(clock)) as fetcher:
        for _ in range(4):
            fetcher.fetch(parse(site.url("/a")))
    assert clock.now == pytest.approx(4.0)  # robots.txt and four pages


def test_a_crawl_delay_is_kept(site: fetch_site.Site) -> None:
    clock = Clock()
    site.send("/robots.txt", "User-agent: *\nCrawl-delay: 7\n", media="text/plain")
    site.send("/a", "hello")
    with site.fetcher(pace=paced(clock)) as fetcher:
        for _ in range(3):
            fetcher.fetch(parse(site.url("/a")))
    assert clock.now == pytest.approx(1 + 7 + 7)


def test_the_end_of_the_run_is_not_slept_beyond(site: fetch_site.Site) -> None:
    clock = Clock()
    site.send("/robots.txt", "User-agent: *\nCrawl-delay: 86400\n", media="text/plain")
    site.send("/a", "hello")
    with site.fetcher(pace=paced(clock, seconds=100)) as fetcher:
        fetcher.fetch(parse(site.url("/a")))
        with pytest.raises(Halted, match=r"library\.site_seconds = 100"):
            fetcher.fetch(parse(site.url("/a")))
    assert clock.now < 100


def test_robots_txt_is_kept(site: fetch_site.Site) -> None:
    site.send("/robots.txt", "User-agent: *\nDisallow: /private\nAllow: /private/open$\n", media="text/plain")
    for path in ("/a", "/private/x", "/private/open"):
        site.send(path, "hello")
    with site.fetcher() as fetcher:
        fetcher.fetch(parse(site.url("/a")))
        fetcher.fetch(parse(site.url("/private/open")))
    error = refused(site.fetcher(), site.url("/private/x"))
    assert error.kind == "robots"
    assert "does not allow it for groundsmith" in str(error)
    assert site.paths == ["/a", "/private/open"]


def test_robots_txt_may_speak_to_our_name_alone(site: fetch_site.Site) -> None:
    site.send("/robots.txt", "User-agent: groundsmith\nDisallow: /\n\nUser-agent: *\nAllow: /\n", media="text/plain")
    site.send("/a", "hello")
    assert refused(site.fetcher(agent="groundsmith/1.0 (mailto:a@b.test)"), site.url("/a")).kind == "robots"
    with site.fetcher(agent="other") as fetcher:
        assert fetcher.fetch(parse(site.url("/a"))).answer.body == b"hello"


def test_a_redirect_into_what_robots_txt_forbids_is_refused(site: fetch_site.Site) -> None:
    site.send("/robots.txt", "User-agent: *\nDisallow: /private\n", media="text/plain")
    site.redirect("/a", "/private/x")
    site.send("/private/x", "secret")
    assert refused(site.fetcher(), site.url("/a")).kind == "robots"
    assert site.paths == ["/a"]


@pytest.mark.parametrize(("status", "allowed"), [(404, True), (403, True), (429, False), (500, False), (503, False)])
def test_a_missing_robots_txt_allows_and_a_failing_one_forbids(
    site: fetch_site.Site, status: int, allowed: bool
) -> None:
    site.send("/robots.txt", "no", status=status)
    site.send("/a", "hello")
    if allowed:
        with site.fetcher() as fetcher:
            assert fetcher.fetch(parse(site.url("/a"))).answer.status == 200
    else:
        assert "robots.txt of site.test" in str(refused(site.fetcher(), site.url("/a")))


def test_a_busy_server_is_asked_again_when_it_says(site: fetch_site.Site) -> None:
    clock = Clock()
    site.send("/a", "busy", status=503, retry_after="30")
    with site.fetcher(pace=paced(clock, delay=0)) as fetcher, pytest.raises(DocumentError, match="answers 503"):
        fetcher.fetch(parse(site.url("/a")))
    assert clock.now == pytest.approx(60)
    assert len(site.paths) == 3


def test_a_server_that_wants_hours_of_rest_is_left_alone(site: fetch_site.Site) -> None:
    clock = Clock()
    site.send("/a", "busy", status=429, retry_after="Wed, 21 Oct 2099 07:28:00 GMT")
    with site.fetcher(pace=paced(clock)) as fetcher, pytest.raises(DocumentError, match="answers 429"):
        fetcher.fetch(parse(site.url("/a")))
    assert len(site.paths) == 1


def test_stopping_is_seen_while_waiting() -> None:
    clock = Clock()
    pace = paced(clock, delay=100, stop=lambda: clock.now > 3)
    pace.wait("x.test")
    with pytest.raises(Halted, match="stopped"):
        pace.wait("x.test")
    assert clock.now < 4
