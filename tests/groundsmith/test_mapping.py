from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundsmith.layout import _repulsion, place
from groundsmith.mapping import Link, MapData, Spot, page

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--\u2028"


class Reader(HTMLParser):
    """Keeps what a browser would run, fetch and show."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.styles: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in = tag
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._in == "style":
            self.styles.append(data)
        else:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        self._in = ""


def spot(label: str, **more: object) -> Spot:
    fixed = {"kind": "concept", "x": 1.5, "y": -2.0, "size": 0.4, "group": 0, "aliases": (label,), "definition": label}
    return Spot(id=f"c_{label}", label=label, **{**fixed, "documents": 1, "mentions": 2, "passages": (0,)} | more)  # type: ignore[arg-type]


def drawn(text: str = "rent supplement") -> MapData:
    return MapData(
        title=text,
        spots=(spot(text), spot("second")),
        links=(Link(one=0, other=1, npmi=0.5, count=3),),
        groups=(text,),
        passages=((text, text, text),),
        whole=2,
    )


def opened(data: MapData) -> Reader:
    reader = Reader()
    reader.feed(page(data))
    return reader


@settings(max_examples=25)
@given(
    text=st.sampled_from([EVIL, "]]>", "{{ 7 * 7 }}", "<!--<script>"])
    | st.text(st.characters(codec="utf-8"), max_size=30)
)
def test_text_is_data_and_stays_it(text: str) -> None:
    reader = opened(drawn(text))
    data, script = reader.scripts
    assert len(reader.scripts) == 2
    assert data[0] == {"type": "application/json", "id": "data"}
    value = json.loads(data[1])
    assert value["spots"][0][0] == value["passages"][0][2] == text
    assert not re.search("[<>&]", data[1])
    assert script[1] == opened(drawn()).scripts[1][1]
    assert not {"img", "iframe", "object", "link", "base"} & {tag for tag, _ in reader.tags}
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]


def test_the_page_allows_its_own_script_only_and_fetches_nothing() -> None:
    reader = opened(drawn())
    policy = next(each["content"] for tag, each in reader.tags if tag == "meta" and "http-equiv" in each) or ""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'")
    assert f"script-src 'sha256-{digest(reader.scripts[1][1])}'" in policy
    assert f"style-src 'sha256-{digest(reader.styles[0])}'" in policy
    assert "unsafe" not in policy
    assert not [each for _, each in reader.tags if "src" in each or "http" in (each.get("href") or "")]
    code = reader.scripts[1][1]
    assert not re.search(r"innerHTML|insertAdjacent|document\.write|eval\(|fetch\(|XMLHttp|import\(|https?:", code)


def test_without_script_the_concepts_are_a_table() -> None:
    text = opened(drawn()).text
    assert "Concepts by importance" in text
    assert "rent supplement" in text


def test_communities_are_laid_out_apart_and_alike_each_time() -> None:
    groups = np.repeat(np.arange(4), 25)
    edges = np.array([(one, one + 1) for one in range(99) if groups[one] == groups[one + 1]])
    first, again = (place(groups, np.ones(100), edges, np.ones(len(edges))) for _ in range(2))
    assert np.array_equal(first, again)
    centres = np.stack([first[groups == group].mean(axis=0) for group in range(4)])
    inside = np.mean([np.linalg.norm(first[groups == group] - centres[group], axis=1).mean() for group in range(4)])
    outside = np.linalg.norm(centres[:, None] - centres[None], axis=2)[np.triu_indices(4, 1)].mean()
    assert outside > 2 * inside
    gaps = np.linalg.norm(first[:, None] - first[None], axis=2)[np.triu_indices(100, 1)]
    assert gaps.min() > 0.5


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_concepts_are_laid_out_too(count: int) -> None:
    at = place(np.zeros(count, dtype=np.int64), np.ones(count), np.zeros((0, 2), dtype=np.int64), np.zeros(0))
    assert at.shape == (count, 2)
    assert np.isfinite(at).all()


def test_the_repulsion_of_the_grid_is_that_of_all_pairs() -> None:
    random = np.random.default_rng(5)
    at, masses = random.uniform(-40, 40, (300, 2)), random.uniform(0.5, 3, 300)
    between = at[:, None] - at[None]
    cell = float((at.max(axis=0) - at.min(axis=0)).max()) / 126
    exact = (masses[None, :, None] * between / ((between**2).sum(axis=2) + max(cell**2, 0.6))[:, :, None]).sum(axis=1)
    error = np.linalg.norm(_repulsion(at, masses) - exact, axis=1) / np.linalg.norm(exact, axis=1)
    assert float(np.median(error)) < 0.05
