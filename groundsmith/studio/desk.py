"""What a request works at: the workspace and the studio's own tables, with a database connection for each thread."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from groundsmith.studio.concept_store import FILE, ConceptStore, graph_stamp, renew
from groundsmith.studio.coverage_store import CoverageStore
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
SMALL, FEW = 300, 5000
"""Documents, and rows, up to which what is derived is brought up to date while the reader waits."""
COSTLY = 0.05
"""Seconds of work beyond which a figure may be shown as it was before the last change."""
MOST_CACHED = 2000


class Tables:
    """One thread's workspace and the stores that read it."""

    def __init__(self, workspace: Workspace, *, overrides: Sequence[str] = ()) -> None:
        self.workspace = workspace
        _ = (workspace.library, workspace.runs, workspace.journal, workspace.graph_store)
        self.samples = SampleStore(workspace.database)
        self.documents = DocumentStore(workspace.database)
        self.concepts = ConceptStore(workspace.database, workspace.state)
        self.coverage = CoverageStore(workspace.database)
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
        self._cache: dict[Hashable, tuple[int, float, object]] = {}
        self._behind: set[Hashable] = set()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="behind")
        self._renewal: subprocess.Popen[bytes] | None = None
        self._checked = -1
        self._renewing = threading.Lock()
        self.is_large = False
        self._noted = -1
        self._noting = threading.Lock()

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
        """The concepts, as of the last time the graph was copied."""
        return self.tables.concepts

    def refresh(self) -> None:
        """Bring up to date what is derived: at once in a small workspace, behind the requests in a large one."""
        self._renew()
        if self._noted != self.stamp:
            self._noted = self.stamp
            self.is_large = sum(self.tables.samples.tally("run").values()) > FEW
            if not self.is_large:
                self._note_stale()
            else:
                self._pool.submit(self._note_stale)

    def _note_stale(self) -> None:
        from knowledge.store import Database

        with self._noting, Database(self.first.state / FILE) as copy:
            self.tables.samples.note_stale(copy)

    @property
    def renewing(self) -> bool:
        """Whether a new copy of the graph is being made."""
        return self._renewal is not None and self._renewal.poll() is None

    def _renew(self) -> None:
        with self._renewing:
            if self._renewal is not None and not self.renewing:
                self._renewal = None
                self._cache.clear()
            if self.renewing or self._checked == self.stamp:
                return
            stamp = self.stamp
            store = self.workspace.graph_store
            if self.tables.concepts.mark("stamp") != graph_stamp(store):
                if len(store.documents()) <= SMALL:
                    renew(self.workspace)
                    self._cache.clear()
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

    def cached(self, key: Hashable, work: Callable[[Tables], T], *, meanwhile: T | None = None) -> T:
        """Return what `work` makes of the tables, kept until the database changes.

        What takes long to work out is shown as it was a moment ago, while it is worked out anew behind; in a workspace with many rows
        `meanwhile`, where given, is shown the first time.
        """
        stamp = self.stamp
        known = self._cache.get(key)
        if known is None:
            if meanwhile is None or not self.is_large:
                return self._worked_out(key, work)
            if key not in self._behind:
                self._behind.add(key)
                self._pool.submit(self._renewed, key, work)
            return meanwhile
        was, took, found = known
        if was != stamp and took <= COSTLY:
            return self._worked_out(key, work)
        if was != stamp and key not in self._behind:
            self._behind.add(key)
            self._pool.submit(self._renewed, key, work)
        return found  # type: ignore[return-value]

    def _worked_out(self, key: Hashable, work: Callable[[Tables], T]) -> T:
        stamp, start = self.stamp, time.thread_time()
        made = work(self.tables)
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        self._cache[key] = (stamp, time.thread_time() - start, made)
        return made

    def _renewed(self, key: Hashable, work: Callable[[Tables], object]) -> None:
        try:
            self._worked_out(key, work)
        finally:
            self._behind.discard(key)

    def ahead(self, work: Callable[[], object]) -> None:
        """Do something behind the requests: work out what the first reader would wait for."""
        self._pool.submit(work)

    @cached_property
    def name(self) -> str:
        """The name of the workspace's folder."""
        return self.first.root.name or str(self.first.root)

    def close(self) -> None:
        """Close what the threads opened."""
        self._pool.shutdown(cancel_futures=True)
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
