"""A page: a function from a request to one frozen Context, shown as HTML and, under `.json`, as data.

The Context is all that a template sees beside `site`, the frame around every page. An action is what a form posts to.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from groundsmith.record import encode
from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.words import counted, said, say
from knowledge.errors import GroundsmithError, UsageError

if TYPE_CHECKING:
    from jinja2 import Environment

THEMES = ("light", "dark")
THEME_COOKIE = "groundsmith_theme"
_log = logging.getLogger(__name__)

View = Callable[[Request], Any]
Action = Callable[[Request, FormData], Any]
VIEWS: dict[str, View] = {}
"""Every page's function by its path, for the reference."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Nav:
    """A page's place in the navigation: its `name` in english.yaml under nav, its address, and its order."""

    name: str
    href: str
    order: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """The frame around every page."""

    workspace: str
    nav: tuple[Nav, ...]
    path: str
    query: str
    theme: str
    here: str = ""

    @property
    def twin(self) -> str:
        """The address of this page as data."""
        return address.twin(self.path, self.query)

    @property
    def themes(self) -> tuple[tuple[str, str, bool], ...]:
        """Name, address and whether it is on, of each theme."""
        back = f"{self.path}?{self.query}" if self.query else self.path
        names = ("system", *THEMES)
        return tuple((name, address.theme(name, back=back), name == (self.theme or "system")) for name in names)


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """The Context of the error page, and the error form: what is wrong, and what to do next."""

    title: str
    status: int
    message: str
    remedy: str


def page(path: str, view: View, *, template: str, name: str = "") -> list[Route]:
    """Return the routes of a page, as data and as HTML; `name` is its entry in the navigation."""

    def shown(as_data: bool) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            return await _guarded(request, lambda: _answer(request, view(request), template, name, as_data=as_data))

        return endpoint

    VIEWS[path] = view
    return [
        Route(address.twin(path), shown(True), methods=["GET"]),
        Route(path, shown(False), methods=["GET"]),
    ]


def action(path: str, handler: Action, *, template: str = "", name: str = "") -> list[Route]:
    """Return the route of a form: the handler returns a Response, mostly `see(...)`, or a Context to show again."""

    async def endpoint(request: Request) -> Response:
        try:
            form = await request.form(max_files=4, max_fields=500, max_part_size=8 * 2**20)
        except HTTPException as error:
            return refused(request, error)
        try:
            return await _guarded(
                request, lambda: _answer(request, handler(request, form), template, name, as_data=wants_data(request))
            )
        finally:
            await form.close()

    return [Route(path, endpoint, methods=["POST"])]


def see(href: str) -> Response:
    """Return the answer to a form that was dealt with: go and see there, so that a reload repeats nothing."""
    return RedirectResponse(href, status_code=303)


def missing(what: str) -> HTTPException:
    """Return the error that something is not there, in words for a person."""
    return HTTPException(404, what)


def wants_data(request: Request) -> bool:
    """Return whether an answer is wanted as data: by its address, or by what is accepted."""
    accepts = request.headers.get("accept", "")
    return request.url.path.endswith(".json") or ("application/json" in accepts and "text/html" not in accepts)


async def _guarded(request: Request, work: Callable[[], Response]) -> Response:
    try:
        return await run_in_threadpool(work)
    except Exception as error:  # noqa: BLE001 - shown as a page and logged
        return refused(request, error)


def _answer(request: Request, found: object, template: str, name: str, *, as_data: bool) -> Response:
    if isinstance(found, Response):
        return found
    status = getattr(found, "status", None) or (422 if getattr(found, "errors", ()) else 200)
    if as_data:
        return JSONResponse(encode(found), status_code=status)
    return _html(request, found, template, name, status=status)


def refused(request: Request, error: Exception) -> Response:
    """Return the one error page, or the one error form, for anything that went wrong."""
    problem = _problem(error)
    if problem.status >= 500:
        _log.error("%s %s", request.method, request.url.path, exc_info=error)
    if wants_data(request):
        body = {"status": problem.status, "message": problem.message, "remedy": problem.remedy}
        return JSONResponse({"error": body}, status_code=problem.status)
    return _html(request, problem, "error.html.jinja", "", status=problem.status)


def _problem(error: Exception) -> Problem:
    status, message = 500, say("error.unexpected", kind=type(error).__name__)
    if isinstance(error, HTTPException):
        plain = error.detail == HTTPStatus(error.status_code).phrase
        status, message = error.status_code, say("error.plain") if plain else error.detail
    elif isinstance(error, UsageError):
        status, message = 400, str(error)
    elif isinstance(error, GroundsmithError):
        message = str(error)
    kind = {400: "wrong", 403: "forbidden", 404: "missing", 405: "method", 413: "large", 422: "wrong"}.get(
        status, "failed"
    )
    return Problem(title=say(f"error.{kind}.title"), status=status, message=message, remedy=say(f"error.{kind}.remedy"))


def _html(request: Request, context: object, template: str, name: str, *, status: int) -> Response:
    text = environment().get_template(template).render(page=context, site=site_of(request, here=name))
    return HTMLResponse(text, status_code=status)


def site_of(request: Request, *, here: str) -> Site:
    """Return the frame for a request."""
    theme = request.cookies.get(THEME_COOKIE, "")
    return Site(
        workspace=desk_of(request).name,
        nav=request.app.state.nav,
        path=request.url.path,
        query=request.url.query,
        theme=theme if theme in THEMES else "",
        here=here,
    )


@cache
def environment() -> Environment:
    """Return the templates: everything is escaped, and a name that is not there is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("groundsmith.studio", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(say=say, said=said, counted=counted, to=address)
    made.filters["number"] = lambda value: say("none") if value is None else f"{value:,}"
    made.filters["share"] = lambda part, whole: f"{part / whole:.1%}" if whole else say("none")
    made.filters["score"] = lambda value: say("none") if value is None else f"{value:.2f}"
    made.filters["moment"] = _moment
    made.filters["kind"] = lambda verdict: VERDICT_KINDS.get(verdict, "dim")
    return made


VERDICT_KINDS = {"supported": "good", "refuted": "bad", "conflicting": "warn", "not enough evidence": "dim"}
"""The badge of a verdict; its word always stands beside."""


def _moment(text: str | None) -> str:
    """Return "2026-11-21 02:00 UTC" of an ISO 8601 time."""
    return f"{text[:10]} {text[11:16]} UTC" if text and len(text) > 15 else text or say("none")
