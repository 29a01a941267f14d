"""Web addresses: one reading of each, and none of what only some readers take for an address."""

from __future__ import annotations

import string
from ipaddress import ip_address

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowledge.errors import DocumentError, SettingsError
from knowledge.fetch.address import why_refused
from knowledge.fetch.url import Sites, WebAddress, is_web, parse


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("https://www.example.gov", "https://www.example.gov/"),
        ("HTTPS://WWW.Example.GOV/Rules?b=2&a=1#part", "https://www.example.gov/Rules?b=2&a=1"),
        ("https://example.gov.:443/x", "https://example.gov/x"),
        ("https://example.gov:8443/x", "https://example.gov:8443/x"),
        ("https://example.gov/a/../b/./c", "https://example.gov/b/c"),
        ("https://example.gov/über", "https://example.gov/%C3%BCber"),
        ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),
        ("https://93.184.215.14/", "https://93.184.215.14/"),
        ("https://[2606:4700:0::1111]/", "https://[2606:4700::1111]/"),
        ("https://１２７。0.0.1/", "https://127.0.0.1/"),  # the mapping of UTS 46; refused later, as loopback
    ],
)
def test_an_address_has_one_form(text: str, read: str) -> None:
    assert str(parse(text)) == read
    assert str(parse(read)) == read


@pytest.mark.parametrize(
    "text",
    [
        "http://example.gov/",
        "file:///etc/passwd",
        "ftp://example.gov/x",
        "gopher://example.gov/",
        "data:text/html,hello",
        "javascript:alert(1)",
        "//example.gov/",
        "example.gov/x",
        "https:///x",
        "https://",
        "https://user@example.gov/",
        "https://user:secret@example.gov/",
        "https://user:secret@exam ple.gov/",
        "https://example.gov@127.0.0.1/",
        "https://example.gov\\@127.0.0.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.0x1/",
        "https://127.0.0.1.2/",
        "https://1.2.3.4.5/",
        "https://0x7f.1/",
        "https://[::1",
        "https://[::ffff:127.0.0.1%25eth0]/",
        "https://[fe80::1%25eth0]/x%",
        "https://example..gov/",
        "https://-example.gov/",
        "https://exa mple.gov/",
        "https://example.gov/a b",
        "https://example.gov/\r\nHost: other",
        "https://example.gov\t/",
        "https://example.gov:0/",
        "https://example.gov:99999/",
        "https://example.gov:port/",
        "https://%31%32%37.0.0.1/",
        "https://example.gov%00.evil.test/",
        "https://" + "a" * 64 + ".gov/",
        "https://example.gov/" + "a" * 3000,
        "https://☃/",
    ],
)
def test_odd_forms_are_refused(text: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text)
    assert "secret" not in str(caught.value)
    assert caught.value.kind == "refused"


ODD = st.text(alphabet=string.ascii_letters + string.digits + "./:@[]%\\?#-_~\t\n ×。１٠☃ß", max_size=40)


@given(ODD | ODD.map("https://{}".format) | ODD.map("https://127.0.0.1{}".format))
@example("https://[::]@x/")
@example("https://ⓔxample.gov/")
def test_whatever_is_read_is_read_the_same_again(text: str) -> None:
    try:
        address = parse(text)
    except DocumentError:
        return
    assert str(address).startswith("https://")
    assert str(address).isascii()
    assert not set(str(address)) & set(" \t\r\n\\@#") or "@" in address.target
    assert parse(str(address)) == address


@given(st.ip_addresses(v=4).filter(lambda address: bool(why_refused(address))))
def test_no_number_stands_for_an_address(address: object) -> None:
    number = int(address)
    for form in (
        f"{number}",
        f"{number:#x}",
        f"0{number:o}",
        ".".join(f"0{int(x):o}" for x in str(address).split(".")),
    ):
        try:
            host = parse(f"https://{form}/").host
        except DocumentError:
            continue
        assert why_refused(ip_address(host))  # only 0.0.0.0-like forms may pass, and only as what they are


@pytest.mark.parametrize("mark", ["\x1b[31m", "\x9b31m", "\u202e", "\r\n", "\0"])
def test_errors_repeat_no_control_characters(mark: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(f"https://example.gov:x/{mark}")
    assert str(caught.value).isprintable()


NAMES = st.lists(st.sampled_from(["a", "b", "evil", "example", "gov"]), min_size=1, max_size=4).map(".".join)


@given(NAMES, NAMES, st.booleans())
def test_a_site_allows_its_host_and_at_most_hosts_below(host: str, name: str, below: bool) -> None:
    try:
        sites = Sites.of([f"*.{name}" if below else name])
    except SettingsError:
        assert below
        assert "." not in name
        return
    try:
        sites.check(parse(f"https://{host}/"))
    except DocumentError:
        assert host != name or below
    else:
        assert host.endswith(f".{name}") if below else host == name


def test_links_may_be_upgraded_and_named_addresses_not() -> None:
    base = parse("https://example.gov/a/b.html")
    assert str(parse("../c.html", base=base)) == "https://example.gov/c.html"
    assert str(parse("http://example.gov/x", base=base, upgrade=True)) == "https://example.gov/x"
    with pytest.raises(DocumentError, match="only https is fetched"):
        parse("http://example.gov:8080/x", base=base, upgrade=True)


def test_web_words_are_told_from_paths() -> None:
    assert all(map(is_web, ["https://x/", "http://x", "file:///x", "FTP://x", "https:/x"]))
    assert not any(map(is_web, ["docs/x.md", "x.md", "C:/x", "./https", "a b://"]))


def test_sites_are_hosts_ports_and_hosts_below() -> None:
    sites = Sites.of(["www.example.gov", "*.example.org", "example.net:8443", "bücher.example"])
    allowed = ["https://www.example.gov/x", "https://a.b.example.org/", "https://example.net:8443/"]
    for text in (*allowed, "https://xn--bcher-kva.example/"):
        sites.check(parse(text))
    for text in (
        "https://example.gov/",
        "https://www.example.gov:8443/",
        "https://example.org/",
        "https://badexample.org/",
        "https://www.example.gov.evil.test/",
        "https://example.net/",
    ):
        with pytest.raises(DocumentError, match=r"not in library\.sites; add it, as in --set library\.sites="):
            sites.check(parse(text))


@pytest.mark.parametrize(
    "word", ["*", "*.gov", "https://example.gov", "example.gov/x", "a b", "", "*.1.2.3.4", "u@x.gov"]
)
def test_a_wrong_site_is_a_settings_error(word: str) -> None:
    with pytest.raises(SettingsError, match=r"library\.sites"):
        Sites.of([word])


def test_the_site_of_an_address_names_an_odd_port() -> None:
    assert WebAddress(host="::1", port=443, target="/").site == "[::1]"
    assert WebAddress(host="x.gov", port=8443, target="/").site == "x.gov:8443"
