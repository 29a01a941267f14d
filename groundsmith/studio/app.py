"""The application: the pages of the registry, the studio's own files, one error page, and the guard around them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from groundsmith.studio import address
from groundsmith.studio.desk import Desk
from groundsmith.studio.guard import MOST_BYTES, Guard, hosts_for
from groundsmith.studio.page import THEME_COOKIE, THEMES, refused
from groundsmith.studio.registry import navigation, routes
from groundsmith.studio.samples import warm

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace
    from verify.verifier import Verifier

YEAR = 365 * 24 * 3600


def create_app(
    workspace: Workspace,
    *,
    hosts: Iterable[str] = (),
    token: str = "",
    most_bytes: int = MOST_BYTES,
    verifier: Verifier | None = None,
    overrides: Sequence[str] = (),
) -> Starlette:
    """Return the studio over `workspace`, which stays the caller's to close.

    `hosts` are the names it answers to beside loopback; `token`, when not empty, must be shown by every caller. `verifier` replaces
    the judge that the settings name. `overrides` are settings as name=value that jobs started from here are given.
    """
    desk = Desk(workspace, verifier=verifier, overrides=overrides)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        desk.ahead(partial(warm, desk))
        yield
        desk.close()

    own = Path(__file__).parent / "static"
    app = Starlette(
        routes=[*routes(), Route("/theme/{name}", _theme), Mount("/static", StaticFiles(directory=own))],
        middleware=[Middleware(Guard, hosts=hosts_for(hosts), token=token, most_bytes=most_bytes)],
        exception_handlers={HTTPException: _handled},
        lifespan=lifespan,
    )
    app.state.desk = desk
    app.state.nav = navigation()
    return app


async def _handled(request: Request, error: Exception) -> Response:
    return refused(request, error)


async def _theme(request: Request) -> Response:
    """Keep the theme chosen in a cookie and lead back."""
    name = request.path_params["name"]
    answer = RedirectResponse(address.local(request.query_params.get("back", "/")), status_code=303)
    if name in THEMES:
        answer.set_cookie(THEME_COOKIE, name, max_age=YEAR, httponly=True, samesite="strict")
    else:
        answer.delete_cookie(THEME_COOKIE)
    return answer
