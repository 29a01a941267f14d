"""What lists have in common: filters as links with counts, the filters in force, and where the next page begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request

from groundsmith.studio import address
from groundsmith.studio.words import say

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One value of a filter: where it leads, how many it leaves (None when not counted), whether it is in force."""

    label: str
    href: str
    count: int | None = None
    on: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Facet:
    """A filter: its label, the label of the value in force (empty for none), and its values."""

    name: str
    label: str
    chosen: str
    options: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pager:
    """Where the list goes on and where it begins; empty where there is no such page."""

    next: str = ""
    first: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldError:
    """What is wrong with one field of a form."""

    field: str
    message: str


def facet(
    request: Request,
    name: str,
    label: str,
    values: Iterable[tuple[str, str, int | None]],
    *,
    labelled: str = "",
    default: str = "",
) -> Facet:
    """Return a filter from its values as (value, label, count); one in force that is not among them is put first.

    `labelled` is the label of the value in force, where it is not among the values. `default` is in force where none is named.
    """
    query, path = request.url.query, _page(request)
    chosen = request.query_params.get(name, "")
    listed = list(values)
    if chosen and all(value != chosen for value, _, _ in listed):
        listed.insert(0, (chosen, labelled or chosen, None))
    options = tuple(
        Option(
            label=text,
            href=address.changed(path, query, **{name: None if value in (chosen, default) else value}),
            count=count,
            on=value == (chosen or default),
        )
        for value, text, count in listed
    )
    shown = next((option.label for option in options if option.on), "") if chosen else ""
    return Facet(name=name, label=label, chosen=shown, options=options)


def in_force(request: Request, facets: Sequence[Facet], words: str = "q") -> tuple[Option, ...]:
    """Return the filters in force as links that take each one out."""
    query, path = request.url.query, _page(request)
    found = [
        Option(label=f"{each.label}: {each.chosen}", href=address.changed(path, query, **{each.name: None}), on=True)
        for each in facets
        if each.chosen
    ]
    asked = request.query_params.get(words, "")
    if asked:
        href = address.changed(path, query, **{words: None})
        found.append(Option(label=say("filter.words", words=asked), href=href, on=True))
    return tuple(found)


def paged(request: Request, found: Sequence[T], mark: str, *, limit: int) -> tuple[tuple[T, ...], Pager]:
    """Return the rows of this page and its pager; `found` holds one more than `limit` when the list goes on."""
    query, path = request.url.query, _page(request)
    goes_on = len(found) > limit
    following = address.changed(path, query, after=mark) if goes_on else ""
    first = address.changed(path, query, after=None) if request.query_params.get("after") else ""
    return tuple(found[:limit]), Pager(next=following, first=first)


def hidden(request: Request, *besides: str) -> tuple[tuple[str, str], ...]:
    """Return what a search form must carry along: the filters in force, without those named and the page."""
    return tuple((name, value) for name, value in request.query_params.items() if name not in (*besides, "after"))


def asked(request: Request, name: str) -> str:
    """Return a value of the query, at most 500 characters."""
    return request.query_params.get(name, "")[:500]


def number(request: Request, name: str, default: int) -> int:
    """Return a whole number of the query, `default` when there is none."""
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 12 else default


def _page(request: Request) -> str:
    """Return the path of the HTML page of a request, from its twin too."""
    path = request.url.path.removesuffix(".json")
    return "/" if path == "/index" else path
