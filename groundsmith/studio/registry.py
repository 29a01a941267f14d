"""The pages of the studio: one module each, with `routes`, and `nav` where it stands in the navigation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.routing import BaseRoute

from groundsmith.studio import (
    check,
    concept_map,
    concepts,
    coverage,
    documents,
    overview,
    patterns,
    review,
    runs,
    sample,
    samples,
)
from groundsmith.studio.page import Nav


class PageModule(Protocol):
    """What a module of the registry offers."""

    @property
    def routes(self) -> Sequence[BaseRoute]:
        """Return the routes of the page and of what is posted to it."""

    @property
    def nav(self) -> Nav | None:
        """Return the place in the navigation, None where the page has none."""


PAGES: tuple[PageModule, ...] = (
    overview,
    documents,
    concepts,
    concept_map,
    coverage,
    samples,
    sample,
    check,
    runs,
    review,
    patterns,
)
"""A page is added by adding its module here; its order in the navigation is its own `nav.order`."""


def routes() -> list[BaseRoute]:
    """Return the routes of all pages."""
    return [route for module in PAGES for route in module.routes]


def navigation() -> tuple[Nav, ...]:
    """Return the navigation in order."""
    found = [module.nav for module in PAGES if module.nav is not None]
    return tuple(sorted(found, key=lambda nav: nav.order))
