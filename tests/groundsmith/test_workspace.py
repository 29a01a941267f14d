import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from groundsmith.settings import FILE_NAME
from groundsmith.workspace import Workspace
from knowledge.errors import SettingsError, UsageError, WorkspaceError

HOLD = """
import sys, time
from pathlib import Path
from groundsmith.workspace import Workspace
Workspace.open(Path(sys.argv[1]), exclusive=True)
print("held", flush=True)
time.sleep(60)
"""


def test_create_makes_a_file_and_a_private_folder(tmp_path: Path) -> None:
    with Workspace.create(tmp_path / "new" / "place", environment={}) as workspace:
        assert workspace.root == tmp_path / "new" / "place"
        assert (workspace.root / FILE_NAME).is_file()
        assert stat.S_IMODE(workspace.state.stat().st_mode) == 0o700
        assert (workspace.state / ".gitignore").read_text() == "*\n"
        assert workspace.settings.generation.count == 50


def test_create_keeps_settings_that_are_there(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("generation: {count: 3}\n")
    with Workspace.create(tmp_path, environment={}) as workspace:
        assert workspace.settings.generation.count == 3


def test_open_looks_upwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Workspace.create(tmp_path, environment={}).close()
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    with Workspace.open(overrides={"generation.count": "4"}) as workspace:
        assert workspace.root == tmp_path
        assert workspace.settings.generation.count == 4


def test_no_workspace_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkspaceError, match="groundsmith init"):
        Workspace.open()
    with pytest.raises(WorkspaceError, match=r"no groundsmith\.yaml there.*groundsmith init"):
        Workspace.open(tmp_path)


def test_wrong_settings_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("generation: {count: -1}\n")
    with pytest.raises(SettingsError, match="at least 1"):
        Workspace.open(tmp_path, environment={})
    assert not (tmp_path / ".groundsmith").exists()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError, match="cannot become a workspace"):
        Workspace.create(tmp_path / "file" / "place", environment={})


def test_an_unknown_embedding_model_names_the_remedy(tmp_path: Path) -> None:
    Workspace.create(tmp_path, environment={}).close()
    workspace = Workspace.open(tmp_path, environment={}, overrides={"embedding.model": "other"})
    with workspace, pytest.raises(SettingsError, match=r"embedding\.model is 'other'"):
        _ = workspace.embedder


def test_database_and_runs(tmp_path: Path) -> None:
    with Workspace.create(tmp_path, environment={}) as workspace:
        with pytest.raises(UsageError, match="no run yet"):
            workspace.latest_run()
        workspace.runs.begin("r_1", kind="generate", asked=3, record={})
        assert workspace.latest_run().id == "r_1"
        assert workspace.latest_run("r_1").asked == 3
        with pytest.raises(UsageError, match=r"run r_2: not known here.*r_1"):
            workspace.latest_run("r_2")
    workspace.close()
    with Workspace.open(tmp_path, environment={}) as again:
        assert again.latest_run().id == "r_1"


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    first = Workspace.create(tmp_path, environment={})
    first.lock()
    first.lock()
    with (
        Workspace.open(tmp_path, environment={}) as reader,
        pytest.raises(WorkspaceError, match=f"process {os.getpid()}"),
    ):
        reader.lock()
    first.close()
    Workspace.open(tmp_path, environment={}, exclusive=True).close()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    Workspace.create(tmp_path, environment={}).close()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorkspaceError, match=f"process {holder.pid}"):
            Workspace.open(tmp_path, environment={}, exclusive=True)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
    Workspace.open(tmp_path, environment={}, exclusive=True).close()


def test_every_part_opens_and_an_empty_workspace_is_empty(tmp_path: Path) -> None:
    with Workspace.create(tmp_path, environment={}) as workspace:
        assert list(workspace.library.documents()) == []
        assert workspace.retriever.search("anything") == []
        assert len(workspace.graph().concepts) == 0
        assert workspace.journal is workspace.journal
