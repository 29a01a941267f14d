"""Who may talk to the studio: hosts, origins, tokens, sizes, and what every answer says."""

import pytest
from starlette.testclient import TestClient

from groundsmith.studio.app import create_app
from groundsmith.studio.guard import POLICY


@pytest.fixture
def client(bare):
    return TestClient(create_app(bare), base_url="http://127.0.0.1:8710")


@pytest.fixture
def guarded(bare):
    app = create_app(bare, token="s3cret", hosts=["box.example"])
    return TestClient(app, base_url="http://box.example:8710", follow_redirects=False)


@pytest.mark.parametrize("host", ["localhost", "localhost:8710", "127.0.0.1:1", "[::1]:8710"])
def test_answers_to_loopback(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example:80", "", "10.0.0.5", "[::1"]
)
def test_refuses_a_foreign_host(client, host):
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "groundsmith studio" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://127.0.0.1:8710", "sec-fetch-site": "cross-site"},
    ],
)
def test_refuses_a_form_of_another_site(client, headers):
    assert client.post("/check", headers=headers, data={"answer": "x"}).status_code == 403


def test_a_browser_is_refused_with_a_page_and_nothing_of_the_request_is_markup(client):
    host = "<script>alert(1)</script>.example"
    answer = client.get("/", headers={"host": host, "accept": "text/html"})
    assert answer.status_code == 421
    assert "<script>" not in answer.text
    assert "<h1>" in answer.text


def test_refuses_scripts_of_another_site_but_not_links(client):
    script = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client.get("/index.json", headers=script).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def test_refuses_a_body_over_the_limit(bare):
    client = TestClient(create_app(bare, most_bytes=1000), base_url="http://127.0.0.1")
    assert client.post("/check", data={"answer": "x" * 2000}).status_code == 413
    kind = {"content-type": "application/x-www-form-urlencoded"}
    parts = (b"x" * 500 for _ in range(4))
    assert client.post("/check", content=parts, headers=kind).status_code == 413
    assert client.post("/check", headers={"content-length": "-5"}, content=b"x").status_code == 413


def test_every_answer_has_the_headers(client):
    for address in ("/", "/index.json", "/nowhere", "/static/studio.css"):
        headers = client.get(address).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
    assert "unsafe" not in POLICY


def test_asks_for_the_token_and_keeps_it_in_a_cookie(guarded):
    assert guarded.get("/").status_code == 401
    assert guarded.get("/?token=wrong").status_code == 401
    assert guarded.post("/check?token=s3cret", data={}).status_code == 401
    entered = guarded.get("/?token=s3cret&x=1")
    assert (entered.status_code, entered.headers["location"]) == (303, "/?x=1")
    cookie = entered.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert guarded.get("/").status_code == 200


def test_takes_the_token_from_a_header(guarded):
    assert guarded.get("/", headers={"authorization": "Bearer s3cret"}).status_code == 200
    assert guarded.get("/", headers={"authorization": "Bearer s3cre"}).status_code == 401


def test_leads_nowhere_else(guarded):
    assert guarded.get("http://box.example:8710//evil.example/?token=s3cret").headers["location"].startswith("/evil")


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb"]
)
def test_a_theme_leads_back_only_here(client, back):
    answer = client.get("/theme/dark", params={"back": back}, follow_redirects=False)
    assert answer.headers["location"] == "/"


def test_a_theme_is_kept(client):
    page = client.get("/theme/dark", params={"back": "/?x=1"})
    assert page.url.path == "/"
    assert 'data-theme="dark"' in page.text
    assert 'data-theme="dark"' not in client.get("/theme/system").text


@pytest.mark.parametrize(
    "address",
    [
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2f..%2fcli.py",
        "/documents/..%2f..%2fetc",
        "/static//etc/passwd",
    ],
)
def test_no_path_leads_out(client, address):
    assert client.get(address).status_code in (404, 405)
