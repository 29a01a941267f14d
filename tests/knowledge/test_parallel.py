"""Reading ahead in processes: the same result, a broken process costs one file, memory has a bound, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from knowledge.embed import HashEmbedder, OnnxEmbedder
from knowledge.files import bytes_digest
from knowledge.index import PassageIndex
from knowledge.ingest import IngestReport, Status, ingest
from knowledge.library import Library
from knowledge.load import load_file
from knowledge.load.limits import Limits
from knowledge.parallel import ReadAhead, workers_for
from knowledge.reading import Job, Manner, Reading
from knowledge.split import split
from knowledge.store import Database

BREAKING = """
import os
from knowledge.load import load_file

def load(path, *, source, limits):
    if "crash" in path.name:
        os.abort()
    if "greedy" in path.name:
        bytearray(900 << 20)
    return load_file(path, source=source, limits=limits)
"""


def write(folder: Path, count: int) -> list[Path]:
    """Write files with a heading and a sentence of their own each; return them."""
    folder.mkdir()
    files = [folder / f"rule-{number:02}.md" for number in range(count)]
    for number, file in enumerate(files):
        file.write_text(f"# Rule {number}\n\nThe permit for stall {number} costs {number} dollars.\n", encoding="utf-8")
    return files


def taken(folder: Path, place: Path, *, workers: int) -> tuple[IngestReport, list[object], set[str]]:
    """Ingest a folder into a fresh library; return the report, the passages, and what the index holds."""
    place.mkdir()
    with Database(place / "a.db") as database:
        library = Library(database)
        index = PassageIndex(place / "index", embedder=HashEmbedder(), vectors=library.records)
        with closing(index):
            report = ingest([folder], library=library, index=index, root=folder.parent, workers=workers)
            return report, list(library.passages()), index.ids()


def manner(*, memory: int = 0, load: object = load_file) -> Manner:
    return Manner(load=load, split=split, limits=Limits(), max_tokens=160, count_tokens=None, memory=memory)  # type: ignore[arg-type]


def ask(ahead: ReadAhead, *files: Path) -> list[Reading | None]:
    """Have files read ahead, then take them."""
    for file in files:
        ahead.submit(Job(path=file, source=file.name, origin=file.name), 1)
    return [ahead.take(file, source=file.name, bytes_digest=bytes_digest(file)) for file in files]


def test_the_result_does_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    files = write(tmp_path / "rules", 14)
    (tmp_path / "rules" / "twin.md").write_text(files[11].read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "rules" / "torn.pdf").write_bytes(b"%PDF-1.7 torn")
    alone = taken(tmp_path / "rules", tmp_path / "alone", workers=0)
    assert taken(tmp_path / "rules", tmp_path / "two", workers=2) == alone
    assert alone[0].counts["duplicate"] == 1
    assert alone[0].counts["failed"] == 1


@pytest.fixture
def breaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manner:
    """A loader that breaks the process down for one file and wants too much memory for another."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "breaking_loader.py").write_text(BREAKING, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path / "code"))
    import breaking_loader  # type: ignore[import-not-found]

    return manner(memory=512, load=breaking_loader.load)


def test_a_process_that_breaks_down_takes_no_other_file_with_it(tmp_path: Path, breaking: Manner) -> None:
    files = write(tmp_path / "rules", 3)
    crash = files[1].rename(tmp_path / "rules" / "crash.md")
    with closing(ReadAhead(breaking, workers=1, memory=512)) as ahead:
        first, broken, last = ask(ahead, files[0], crash, files[2])
    assert broken is not None
    assert broken.document is None
    assert "broke the reading process down" in broken.reason
    assert first is not None
    assert last is not None
    assert last.document is not None


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux")
def test_a_file_that_needs_more_memory_than_there_is_fails_alone(tmp_path: Path, breaking: Manner) -> None:
    files = write(tmp_path / "rules", 2)
    greedy = files[0].rename(tmp_path / "rules" / "greedy.md")
    with closing(ReadAhead(breaking, workers=1, memory=512)) as ahead:
        refused, other = ask(ahead, greedy, files[1])
    assert refused is not None
    assert refused.kind == "too-large"
    assert "library.memory" in refused.reason
    assert other is not None
    assert other.document is not None


def test_a_file_that_changed_since_it_was_read_is_read_again(tmp_path: Path) -> None:
    [file] = write(tmp_path / "rules", 1)
    with closing(ReadAhead(manner(), workers=1, memory=512)) as ahead:
        ahead.submit(Job(path=file, source=file.name, origin=file.name), 1)
        assert ahead.take(file, source=file.name, bytes_digest="of other bytes") is None


def test_what_cannot_be_handed_over_is_read_here() -> None:
    ahead = ReadAhead(manner(load=lambda path, **how: load_file(path, **how)), workers=2, memory=512)
    assert ahead.is_full


def test_files_wait_within_the_memory_there_is(tmp_path: Path) -> None:
    files = write(tmp_path / "rules", 2)
    with closing(ReadAhead(manner(), workers=1, memory=256)) as ahead:
        ahead.submit(Job(path=files[0], source="a", origin="a"), 8 << 20)
        assert ahead.is_full
        ahead.drop(files[0])
        assert not ahead.is_full


def test_memory_bounds_the_number_of_processes() -> None:
    assert workers_for(8, 512) == 2
    assert workers_for(0, 512) == 0
    assert workers_for(None, 1 << 20) >= 1


def test_the_embedder_reaches_another_process_with_its_words(tmp_path: Path) -> None:
    [file] = write(tmp_path / "rules", 1)
    counting = Manner(
        load=load_file, split=split, limits=Limits(), max_tokens=160, count_tokens=OnnxEmbedder().count_tokens
    )
    with closing(ReadAhead(counting, workers=1, memory=512)) as ahead:
        [found] = ask(ahead, file)
    assert found is not None
    assert found.passages
    assert found.passages[0].tokens > 0


KILLED = """
import sys
from pathlib import Path
from knowledge.ingest import ingest
from knowledge.library import Library
from knowledge.store import Database

with Database(sys.argv[2]) as database:
    ingest([Path(sys.argv[1])], library=Library(database), root=Path(sys.argv[1]).parent, workers=2,
        progress=lambda event: print(event.done, flush=True))
"""


def test_a_kill_leaves_whole_documents_and_the_next_run_takes_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "rules", 60)
    command = [sys.executable, "-c", KILLED, str(tmp_path / "rules"), str(tmp_path / "a.db")]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    time.sleep(0.05)
    with Database(tmp_path / "a.db") as database:
        library = Library(database)
        assert all(entry.passages == len(list(library.passages(entry.id))) for entry in library.documents())
        report = ingest([tmp_path / "rules"], library=library, root=tmp_path, workers=2)
        assert report.counts["added"] + report.counts["unchanged"] == 60
        assert len(library.documents()) == 60
        assert all(outcome.status in (Status.ADDED, Status.UNCHANGED) for outcome in report.outcomes)
