"""What a request works at: the workspace and the studio's own tables, with a database connection for each thread."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from groundsmith.studio.concept_store import ConceptStore, graph_stamp, renew
from groundsmith.studio.document_store import DocumentStore
from groundsmith.studio.examiner import Examiner
from groundsmith.studio.job_store import JobStore
from groundsmith.studio.jobs import Jobs
from groundsmith.studio.sample_store import SampleStore

if TYPE_CHECKING:
    from starlette.requests import Request

    from groundsmith.workspace import Workspace
    from knowledge.store import Database
    from verify.verifier import Verifier

T = TypeVar("T")
SMALL = 300
"""Documents up to which the copy of the graph is made while the reader waits."""
COSTLY, PATIENCE = 0.05, 5.0
"""Seconds a figure must take to work out before it may be shown that much out of date, at most."""
MOST_CACHED = 2000


class Tables:
    """One thread's workspace and the stores that read it."""

    def __init__(self, workspace: Workspace, *, overrides: Sequence[str] = ()) -> None:
        self.workspace = workspace
        _ = (workspace.library, workspace.runs, workspace.journal, workspace.graph_store)
        self.samples = SampleStore(workspace.database)
        self.documents = DocumentStore(workspace.database)
        self.concepts = ConceptStore(workspace.database, workspace.state)
        self.job_store = JobStore(workspace.database)
        self.jobs = Jobs(workspace, overrides=overrides)


class Desk:
    """One workspace, opened once in each thread that asks for it; close it when the application ends."""

    def __init__(self, first: Workspace, *, verifier: Verifier | None = None, overrides: Sequence[str] = ()) -> None:
        self.first = first
        self._overrides = tuple(overrides)
        self.examiner = Examiner(first, verifier=verifier)
        self._local = threading.local()
        self._opened: list[Workspace] = []
        self._guard = threading.Lock()
        self._cache: dict[Hashable, tuple[int, float, float, object]] = {}
        self._renewal: subprocess.Popen[bytes] | None = None
        self._checked = -1
        self._renewing = threading.Lock()

    @property
    def tables(self) -> Tables:
        """The workspace and the stores as this thread has them open."""
        found: Tables | None = getattr(self._local, "tables", None)
        if found is None:
            from groundsmith.workspace import Workspace

            with self._guard:
                workspace = Workspace(self.first.root, self.first.settings)
                self._opened.append(workspace)
                found = Tables(workspace, overrides=self._overrides)
            self._local.tables = found
        return found

    @property
    def workspace(self) -> Workspace:
        """The workspace as this thread has it open."""
        return self.tables.workspace

    @property
    def samples(self) -> SampleStore:
        """The rows of all runs."""
        return self.tables.samples

    @property
    def documents(self) -> DocumentStore:
        """Documents and passages."""
        return self.tables.documents

    @property
    def jobs(self) -> Jobs:
        """The commands started from here."""
        return self.tables.jobs

    @property
    def job_store(self) -> JobStore:
        """What was started and checked from here."""
        return self.tables.job_store

    @property
    def concepts(self) -> ConceptStore:
        """The concepts, as of the last time the graph was copied; a small graph is copied first when it has changed."""
        self._renew()
        return self.tables.concepts

    @property
    def renewing(self) -> bool:
        """Whether a new copy of the graph is being made."""
        return self._renewal is not None and self._renewal.poll() is None

    def _renew(self) -> None:
        with self._renewing:
            if self.renewing or self._checked == self.stamp:
                return
            stamp = self.stamp
            store = self.workspace.graph_store
            if self.tables.concepts.mark("stamp") != graph_stamp(store):
                if len(store.documents()) <= SMALL:
                    renew(self.workspace)
                else:
                    command = [sys.executable, "-m", "groundsmith.studio.concept_store", str(self.first.root)]
                    self._renewal = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603
            self._checked = stamp

    @cached_property
    def _watch(self) -> Database:
        from knowledge.store import Database

        return Database(self.first.state / "groundsmith.db")

    @property
    def stamp(self) -> int:
        """A number that changes when any process writes to the workspace's database."""
        with self._guard:
            return int(self._watch.connection.execute("PRAGMA data_version").fetchone()[0])

    def cached(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what `work` returns, kept until the database changes; what took long may be a few seconds behind."""
        stamp, moment = self.stamp, time.monotonic()
        known = self._cache.get(key)
        if known is not None:
            was, at, took, found = known
            if was == stamp or (took > COSTLY and moment - at < min(PATIENCE, 20 * took)):
                return found  # type: ignore[return-value]
        made = work()
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        self._cache[key] = (stamp, time.monotonic(), time.monotonic() - moment, made)
        return made

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
            watch = self.__dict__.pop("_watch", None)
            if watch is not None:
                watch.close()
        self.examiner.close()
        if self._renewal is not None:
            self._renewal.wait()


def desk_of(request: Request) -> Desk:
    """Return the desk of the application that a request came to."""
    found: Desk = request.app.state.desk
    return found
