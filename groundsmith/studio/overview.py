"""The first page: what the workspace holds, the last runs, and what needs a look."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.page import Nav, page
from groundsmith.studio.words import say


@dataclass(frozen=True, kw_only=True, slots=True)
class Tile:
    """A figure with its label, a note, and where it leads."""

    label: str
    figure: str
    note: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Overview:
    """The Context of the first page."""

    title: str
    tiles: tuple[Tile, ...]


def overview(request: Request) -> Overview:
    """Return what the workspace holds."""
    workspace = desk_of(request).workspace
    documents = len(workspace.library.documents())
    tiles = (
        Tile(label=say("overview.documents"), figure=f"{documents:,}"),
        Tile(label=say("overview.passages"), figure=f"{workspace.library.passage_count():,}"),
        Tile(label=say("overview.runs"), figure=f"{len(workspace.runs.all()):,}"),
    )
    return Overview(title=say("overview.title"), tiles=tiles)


nav = Nav(name="overview", href=address.overview(), order=10)
routes = page("/", overview, template="overview.html.jinja", name="overview")
