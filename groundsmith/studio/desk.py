"""What a request works at: the workspace, with a database connection for each thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

    from groundsmith.workspace import Workspace


@dataclass(eq=False, slots=False)
class Desk:
    """One workspace opened once in each thread that asks for it; close it when the application ends."""

    first: Workspace
    _local: threading.local = field(default_factory=threading.local, repr=False)
    _opened: list[Workspace] = field(default_factory=list, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def workspace(self) -> Workspace:
        """The workspace as this thread has it open."""
        from groundsmith.workspace import Workspace

        found: Workspace | None = getattr(self._local, "workspace", None)
        if found is None:
            with self._guard:
                found = Workspace(self.first.root, self.first.settings)
                self._opened.append(found)
            self._local.workspace = found
        return found

    @cached_property
    def name(self) -> str:
        """The name of the workspace's folder."""
        return self.first.root.name or str(self.first.root)

    def close(self) -> None:
        """Close what the threads opened."""
        with self._guard:
            for workspace in self._opened:
                workspace.close()
            self._opened.clear()
            self._local = threading.local()


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that a request came to."""
    found: Desk = request.app.state.desk
    return found
