"""Progress as it happens: a stream of server-sent events for a run or a job, at most one every second."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from groundsmith.studio.page import refused

EVERY = 1.0
LONGEST = 3600

Look = Callable[[Request], tuple[dict[str, Any], bool]]
"""Returns what is to be told, and whether there is more to come."""


def stream(path: str, look: Look, *, every: float = EVERY) -> Route:
    """Return the route of a stream; an event is sent when something changed, "done" at the end."""

    async def endpoint(request: Request) -> Response:
        try:
            first = await run_in_threadpool(look, request)
        except HTTPException as error:
            return refused(request, error)
        return StreamingResponse(_events(request, look, first, every), media_type="text/event-stream")

    return Route(path, endpoint, methods=["GET"])


async def _events(request: Request, look: Look, first: tuple[dict[str, Any], bool], every: float) -> AsyncIterator[str]:
    told, more = first
    yield _event("progress", told)
    for _ in range(LONGEST):
        if not more or await request.is_disconnected():
            break
        await asyncio.sleep(every)
        now, more = await run_in_threadpool(look, request)
        if now != told:
            told = now
            yield _event("progress", told)
        else:
            yield ": still here\n\n"
    if not more:
        yield _event("done", told)


def _event(name: str, data: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n"
