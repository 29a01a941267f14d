"""A workspace: a folder with `groundsmith.yaml` and a private `.groundsmith/` that holds the database and indexes.

Everything heavy is opened when it is first asked for. Readers may be many; a writer takes the lock, which the
system releases when the process ends, however it ends.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from groundsmith.settings import FILE_NAME, Settings, load, template
from knowledge.errors import UsageError, WorkspaceError

if TYPE_CHECKING:
    from generate.journal import Journal
    from graph.network import ConceptGraph
    from graph.store import GraphStore
    from groundsmith.runs import Run, Runs
    from knowledge.embed import Embedder
    from knowledge.index import PassageIndex
    from knowledge.library import Library
    from knowledge.retrieve import Retriever
    from knowledge.store import Database

STATE = ".groundsmith"
PRIVATE = 0o700


class Workspace:
    """An open workspace; close it, or use it in a `with` block."""

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.state = root / STATE
        self._lock: int | None = None
        self._prepare_state()

    @classmethod
    def create(cls, folder: Path, *, environment: Mapping[str, str] | None = None) -> Workspace:
        """Make `folder` a workspace and open it; a `groundsmith.yaml` that is there already is kept."""
        root = folder.expanduser().absolute()
        try:
            root.mkdir(parents=True, exist_ok=True)
            if not (root / FILE_NAME).exists():
                with (root / FILE_NAME).open("x", encoding="utf-8") as file:
                    file.write(template())
        except OSError as error:
            remedy = "choose a folder that you can write to"
            raise WorkspaceError(f"{root}: cannot become a workspace ({error.strerror}); {remedy}") from error
        return cls.open(root, environment=environment)

    @classmethod
    def open(
        cls,
        folder: Path | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        overrides: Mapping[str, str] | None = None,
        exclusive: bool = False,
    ) -> Workspace:
        """Open the workspace at `folder`, or else the nearest one at or above the current folder.

        `overrides` maps "section.name" to text. `exclusive` takes the writer's lock at once. Raises WorkspaceError
        when there is none, SettingsError when its settings are wrong.
        """
        root = _find(folder)
        workspace = cls(root, load(root / FILE_NAME, environment=environment, overrides=overrides))
        if exclusive:
            workspace.lock()
        return workspace

    @staticmethod
    def is_here() -> bool:
        """Return whether the current folder, or one above it, is a workspace."""
        try:
            _find(None)
        except WorkspaceError:
            return False
        return True

    def _prepare_state(self) -> None:
        try:
            if not self.state.is_dir():
                self.state.mkdir(mode=PRIVATE)
            self.state.chmod(PRIVATE)
            ignore = self.state / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise WorkspaceError(
                f"{self.state}: cannot be used ({error.strerror}); check its owner and rights"
            ) from error

    def lock(self) -> None:
        """Become the one writer until `close`; raises WorkspaceError when another process is.

        Taking it twice is the same as once.
        """
        import fcntl

        if self._lock is not None:
            return
        path = self.state / "lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 100).decode("ascii", "replace").strip()
            os.close(descriptor)
            who = f" (process {holder})" if holder else ""
            remedy = "wait until it is done, or stop it"
            raise WorkspaceError(f"{self.root}: another groundsmith is writing here{who}; {remedy}") from error
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        self._lock = descriptor

    @cached_property
    def database(self) -> Database:
        """The SQLite file that is the truth of this workspace."""
        from knowledge.store import Database

        return Database(self.state / "groundsmith.db")

    @cached_property
    def library(self) -> Library:
        """The documents and passages."""
        from knowledge.library import Library

        return Library(self.database)

    @cached_property
    def embedder(self) -> Embedder:
        """The embedding model named in the settings."""
        from groundsmith.retrieval import embedder

        return embedder(self.settings)

    @cached_property
    def index(self) -> PassageIndex:
        """The vectors and the word index."""
        from groundsmith.retrieval import index

        return index(self)

    @cached_property
    def retriever(self) -> Retriever:
        """Search over the library."""
        from groundsmith.retrieval import retriever

        return retriever(self)

    @cached_property
    def graph_store(self) -> GraphStore:
        """The concepts, mentions and counts as stored."""
        from graph.store import GraphStore

        return GraphStore(self.database)

    def graph(self) -> ConceptGraph:
        """Return the concept graph as it is stored now."""
        from graph.network import ConceptGraph

        return ConceptGraph.from_store(self.graph_store)

    @cached_property
    def journal(self) -> Journal:
        """Every model call, and the answers already paid for."""
        from generate.journal import Journal

        return Journal(self.database)

    @cached_property
    def runs(self) -> Runs:
        """What each run did."""
        from groundsmith.runs import Runs

        return Runs(self.database)

    def latest_run(self, run_id: str | None = None) -> Run:
        """Return the run named, or the latest; raises UsageError when there is none."""
        known = self.runs.all()
        found = [run for run in known if run_id is None or run.id == run_id]
        if not found and not known:
            raise UsageError(f"{self.root}: no run yet; start one with `groundsmith generate`")
        if not found:
            raise UsageError(
                f"run {run_id}: not known here; `groundsmith runs` lists them, the latest is {known[0].id}"
            )
        return found[0]

    def close(self) -> None:
        """Close what was opened and give back the lock; closing twice does nothing."""
        for name in ("index", "embedder", "database"):
            opened = self.__dict__.pop(name, None)
            if hasattr(opened, "close"):
                opened.close()
        for name in ("library", "retriever", "graph_store", "journal", "runs"):
            self.__dict__.pop(name, None)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _find(folder: Path | None) -> Path:
    if folder is not None:
        root = folder.expanduser().absolute()
        if (root / FILE_NAME).is_file():
            return root
        raise WorkspaceError(f"{folder}: no {FILE_NAME} there; make a workspace with `groundsmith init {folder}`")
    here = Path.cwd()
    for root in (here, *here.parents):
        if (root / FILE_NAME).is_file():
            return root
    raise WorkspaceError(f"{here}: no {FILE_NAME} here or above; make a workspace with `groundsmith init`")
