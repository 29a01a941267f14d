"""What the studio's tests ask of every page."""

from bs4 import BeautifulSoup


def soup(answer):
    """Return the page of an answer."""
    return BeautifulSoup(answer.text, "lxml")


def check_frame(page):
    """What every page has: a language, a title, one heading, landmarks, labels, and nothing inline."""
    assert page.html["lang"] == "en"
    assert page.title.get_text(strip=True)
    assert len(page.find_all("h1")) == 1
    for landmark in ("header", "nav", "main", "footer"):
        assert page.find(landmark), landmark
    assert page.select_one("a.skip")["href"] == f"#{page.main['id']}"
    for field in page.select("input:not([type=hidden]), select, textarea"):
        assert page.find("label", attrs={"for": field["id"]}), field
    for table in page.find_all("table"):
        assert table.caption
        assert all(cell.has_attr("scope") for cell in table.find_all("th"))
    assert not page.select("script:not([src]), style, [style]")
    assert not any(name.startswith("on") for tag in page.find_all(True) for name in tag.attrs)
    ids = [tag["id"] for tag in page.select("[id]")]
    assert len(ids) == len(set(ids))
