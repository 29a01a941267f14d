"""Ingest: files into the library, each once, whatever happens on the way."""

import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.document import Document, Passage, passage_id
from knowledge.embed import HashEmbedder
from knowledge.errors import DocumentError, UsageError
from knowledge.index import PassageIndex
from knowledge.ingest import IngestReport, Status, ingest, ingest_document
from knowledge.library import Library
from knowledge.store import Database

NASTY = Path(__file__).parents[2].parent / "shared/data/nasty"


def read(path: Path, *, source: str, limits: object = None) -> Document:
    """Load plain text; a file that says so fails as asked."""
    text = path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    if text.startswith("raise "):
        raise DocumentError(source, "it is cut short", kind="damaged")
    if "\0" in text:
        raise DocumentError(source, "unsupported: a PNG picture", kind="unsupported")
    if text.startswith("crash"):
        raise RecursionError("too deep")
    return Document(source=source, title=source, text=text, media_type="text/plain")


def cut(document: Document, *, max_tokens: int = 160, count_tokens: object = None) -> list[Passage]:
    """Split at empty lines, or at every line when passages are to be small."""
    mark = "\n\n" if max_tokens >= 100 else "\n"
    found, start = [], 0
    for text in document.text.split(mark):
        if text.strip():
            key = passage_id(document_id=document.id, headings=(), text=text, occurrence=0)
            place = {"ordinal": len(found), "start": start, "end": start + len(text)}
            found.append(Passage(id=key, document_id=document.id, version=1, text=text, **place))
        start += len(text) + len(mark)
    return found


class Desk:
    """A workspace folder, its library, and ingest with the fakes above."""

    def __init__(self, root: Path, database: Database) -> None:
        self.root = root
        self.library = Library(database)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def ingest(self, *paths: Path, **options: object) -> IngestReport:
        return ingest(
            list(paths) or [self.root / "docs"],
            library=self.library,
            root=self.root,
            load=read,
            split=cut,
            **options,
        )

    def statuses(self, *paths: Path, **options: object) -> dict[str, str]:
        return {o.source: str(o.status) for o in self.ingest(*paths, **options).outcomes}

    def texts(self) -> list[str]:
        return sorted(passage.text for passage in self.library.passages())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    root = tmp_path / "workspace"
    root.mkdir()
    with Database(root / "w.db") as database:
        yield Desk(root, database)


def test_added_then_unchanged_then_changed(desk):
    path = desk.write("docs/a.md", "One rule.\n\nTwo rules.")
    assert desk.statuses() == {"docs/a.md": "added"}
    assert desk.statuses() == {"docs/a.md": "unchanged"}
    path.write_text("One rule.\n\nThree rules.")
    assert desk.statuses() == {"docs/a.md": "changed"}
    assert desk.texts() == ["One rule.", "Three rules."]
    assert [entry.version for entry in desk.library.documents()] == [2]


def test_other_settings_split_again_and_keep_the_old_passages(desk):
    desk.write("docs/a.md", "One rule.\nTwo rules.")
    desk.ingest()
    old = next(desk.library.passages())
    assert desk.statuses(max_tokens=40) == {"docs/a.md": "changed"}
    assert desk.texts() == ["One rule.", "Two rules."]
    assert desk.library.passage(old.id) == old
    assert desk.statuses(max_tokens=40) == {"docs/a.md": "unchanged"}


def test_a_moved_file_keeps_its_id_and_passages(desk):
    path = desk.write("docs/a.md", "One rule.")
    desk.ingest()
    before = {passage.id for passage in desk.library.passages()}
    path.rename(desk.root / "docs/b.md")
    assert desk.statuses() == {"docs/b.md": "moved"}
    assert {passage.id for passage in desk.library.passages()} == before
    assert {passage.source for passage in desk.library.passages()} == {"docs/b.md"}


def test_a_file_renamed_and_edited_is_the_next_version(desk):
    text = " ".join(f"Rule {number} is that door {number * 7} stays shut." for number in range(40))
    path = desk.write("docs/rules-2023.md", text)
    other = desk.write("docs/other.md", text.replace("door", "gate"))
    desk.ingest()
    [known] = [entry for entry in desk.library.documents() if entry.source == "docs/rules-2023.md"]
    path.unlink()
    desk.write("docs/rules-2024.md", text.replace("door 70 stays", "door 70 no longer stays"))
    outcomes = {outcome.source: outcome for outcome in desk.ingest().outcomes}
    renamed = outcomes["docs/rules-2024.md"]
    assert (str(renamed.status), renamed.document_id) == ("changed", known.id)
    assert any(warning.startswith("renamed: it was docs/rules-2023.md") for warning in renamed.warnings)
    assert desk.library.versions(known.id) == [1, 2]
    assert desk.ingest().missing == ()
    assert other.exists()
    assert {str(outcome.status) for outcome in desk.ingest().outcomes} == {"unchanged"}


def test_a_moved_file_may_then_change_and_another_take_its_place(desk):
    path = desk.write("docs/a.md", "One rule.")
    desk.ingest()
    [entry] = desk.library.documents()
    path.rename(desk.root / "docs/b.md")
    desk.ingest()
    desk.write("docs/a.md", "Another rule.")
    desk.write("docs/b.md", "One rule and a half.")
    statuses = desk.statuses()
    assert statuses.pop("docs/b.md") == "changed"
    assert list(statuses.values()) == ["added"]
    assert desk.library.entry(entry.id).source == "docs/b.md"
    assert desk.texts() == ["Another rule.", "One rule and a half."]


def test_a_file_moved_there_and_back_has_its_first_name(desk):
    path = desk.write("docs/a.md", "One rule.")
    desk.ingest()
    path.rename(desk.root / "docs/b.md")
    desk.ingest()
    (desk.root / "docs/b.md").rename(path)
    assert desk.statuses() == {"docs/a.md": "moved"}


def test_a_copy_is_a_duplicate_without_passages(desk):
    desk.write("docs/a.md", "One rule.")
    desk.write("docs/b.md", "One   rule.\r\n")
    report = desk.ingest()
    assert [str(outcome.status) for outcome in report.outcomes] == ["added", "duplicate"]
    assert report.outcomes[1].warnings == ("duplicate: the same text as docs/a.md",)
    assert desk.texts() == ["One rule."]
    assert desk.statuses() == {"docs/a.md": "unchanged", "docs/b.md": "duplicate"}


def test_a_duplicate_takes_over_when_the_first_copy_goes(desk):
    first = desk.write("docs/a.md", "One rule.")
    desk.write("docs/b.md", "One rule.")
    desk.ingest()
    first.unlink()
    assert desk.statuses(prune=True) == {"docs/b.md": "changed", "docs/a.md": "removed"}
    assert desk.texts() == ["One rule."]
    assert [entry.source for entry in desk.library.documents()] == ["docs/b.md"]


def test_a_duplicate_takes_over_when_the_first_copy_changes(desk):
    desk.write("docs/a.md", "One rule.")
    desk.write("docs/b.md", "One rule.")
    desk.write("docs/c.md", "One rule.")
    desk.ingest()
    desk.write("docs/a.md", "Two rules.")
    counts = desk.ingest().counts
    assert (counts["changed"], counts["duplicate"]) == (2, 1)
    assert desk.texts() == ["One rule.", "Two rules."]


def test_files_that_are_gone_are_named_and_pruned_only_when_asked(desk):
    desk.write("docs/a.md", "One rule.").unlink()
    path = desk.write("docs/b.md", "Two rules.")
    desk.write("other/c.md", "Three rules.")
    desk.ingest(desk.root / "docs", desk.root / "other")
    path.unlink()
    (desk.root / "other/c.md").unlink()
    assert desk.ingest().missing == ("docs/b.md",)
    assert desk.texts() == ["Three rules.", "Two rules."]
    assert desk.statuses(prune=True) == {"docs/b.md": "removed"}
    assert desk.texts() == ["Three rules."]
    assert desk.statuses(desk.root / "other/c.md", prune=True) == {"other/c.md": "removed"}


def test_one_bad_file_fails_alone_and_is_remembered(desk):
    desk.write("docs/a.md", "raise")
    bad = desk.write("docs/b.md", "raise an error")
    desk.write("docs/c.md", "crash")
    desk.write("docs/d.md", "   \n")
    desk.write("docs/e.md", "One rule.")
    report = desk.ingest()
    assert [outcome.source for outcome in report.failed] == ["docs/b.md", "docs/c.md", "docs/d.md"]
    assert [refusal.kind for refusal in desk.library.refusals()] == ["damaged", "damaged", "no-text"]
    assert report.failed[0].error == "docs/b.md: it is cut short"
    bad.unlink()
    desk.write("docs/c.md", "Mended.")
    desk.ingest()
    assert [refusal.source for refusal in desk.library.refusals()] == ["docs/d.md"]


def test_a_file_that_breaks_keeps_its_last_good_version(desk):
    path = desk.write("docs/a.md", "One rule.")
    desk.ingest()
    path.write_text("raise an error")
    [outcome] = desk.ingest().outcomes
    assert outcome.status == Status.FAILED
    assert outcome.warnings == ("kept: version 1, read before, stays in the library",)
    assert desk.texts() == ["One rule."]
    path.write_text("One rule.")
    assert desk.statuses() == {"docs/a.md": "unchanged"}
    assert desk.library.refusals() == []


def test_what_is_left_out_is_said(desk, tmp_path):
    desk.write("docs/.draft.md", "Hidden.")
    desk.write("docs/.git/config.md", "Hidden too.")
    desk.write("docs/groundsmith.yaml", "library: {}")
    desk.write("docs/notes.xyz", "Odd but text.")
    (desk.root / "docs/picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    (desk.root / "docs/loop").symlink_to(desk.root / "docs", target_is_directory=True)
    (desk.root / "docs/link.md").symlink_to(desk.write("aside.md", "Elsewhere."))
    os.mkfifo(desk.root / "docs/pipe.md")
    report = desk.ingest()
    by_source = {outcome.source: outcome for outcome in report.outcomes}
    assert by_source["docs/notes.xyz"].warnings == ("unknown-suffix: read by its content",)
    assert by_source["docs/picture.png"].error == "docs/picture.png: unsupported: a PNG picture"
    skipped = {name: o.warnings for name, o in by_source.items() if o.status == Status.SKIPPED and not o.error}
    assert skipped == {
        "docs/.draft.md": ("skipped: hidden; name it to have it read",),
        "docs/.git": ("skipped: hidden; name it to have it read",),
        "docs/groundsmith.yaml": ("skipped: settings of Groundsmith itself",),
        "docs/link.md": ("skipped: a link; name it to have it read",),
        "docs/loop": ("skipped: a link; name it to have it read",),
        "docs/pipe.md": ("skipped: not a file",),
    }
    assert desk.texts() == ["Odd but text."]


def test_what_is_named_is_read(desk):
    desk.write("docs/.draft.md", "Hidden.")
    (desk.root / "docs/picture.png").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    statuses = desk.statuses(desk.root / "docs/.draft.md", desk.root / "docs/picture.png")
    assert statuses == {"docs/.draft.md": "added", "docs/picture.png": "failed"}


def test_names_outside_the_workspace_begin_with_their_folder(desk, tmp_path):
    outside = tmp_path / "law"
    (outside / "part").mkdir(parents=True)
    (outside / "part/a.md").write_text("One rule.")
    (tmp_path / "x/law").mkdir(parents=True)
    (tmp_path / "x/law/b.md").write_text("Two rules.")
    assert desk.statuses(outside) == {"law/part/a.md": "added"}
    assert desk.statuses(outside / "part/a.md", tmp_path / "x/law/b.md") == {
        "law/part/a.md": "unchanged",
        "law/b.md": "added",
    }


def test_two_files_of_one_name_stay_two_documents(desk, tmp_path):
    for number in (1, 2):
        folder = tmp_path / f"{number}/law"
        folder.mkdir(parents=True)
        (folder / "a.md").write_text(f"Rule {number}.")
    report = desk.ingest(tmp_path / "1/law", tmp_path / "2/law")
    first, second = (outcome.source for outcome in report.outcomes)
    assert first == "law/a.md"
    assert second.startswith("law/a~")
    assert desk.statuses(tmp_path / "1/law", tmp_path / "2/law") == {first: "unchanged", second: "unchanged"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_escaped(desk):
    desk.write("docs/a.md", "One rule.")
    Path(os.fsdecode(os.fsencode(desk.root) + b"/docs/b\xff.md")).write_text("Two rules.")
    assert desk.statuses() == {"docs/a.md": "added", "docs/b\\udcff.md": "added"}
    assert desk.statuses(prune=True) == {"docs/a.md": "unchanged", "docs/b\\udcff.md": "unchanged"}


def test_a_path_that_does_not_exist_is_a_usage_error(desk):
    with pytest.raises(UsageError, match="no such file"):
        desk.ingest(desk.root / "none")


def test_a_document_that_says_it_is_superseded_is_flagged(desk):
    desk.write("docs/a.md", "# Notice (SUPERSEDED)\n\nThis notice was superseded by the policy.")
    desk.write("docs/b.md", "This directive supersedes notice 3, which is revoked.")
    first, second = desk.ingest().outcomes
    assert first.warnings == ('superseded: it says of itself "(SUPERSEDED)"',)
    assert second.warnings == ()


def test_an_edited_copy_is_flagged_as_near(desk):
    text = " ".join(f"Rule {number} of the city binds every department alike." for number in range(40))
    desk.write("docs/a.md", text)
    desk.write("docs/b.md", text.replace("Rule 7 of", "Rule seventy of"))
    desk.write("docs/c.md", " ".join(f"Visitor {number} wears a badge in hall {number}." for number in range(40)))
    first, second, third = desk.ingest().outcomes
    assert first.warnings == third.warnings == ()
    assert second.warnings[0].startswith("near-duplicate: about 9")
    assert second.warnings[0].endswith("also in docs/a.md")


def test_a_fetched_page_is_placed_like_a_file_and_never_gone(desk):
    page = Document(source="https://example.gov/a", title="A", text="One rule.", media_type="text/html")
    placed = {"library": desk.library, "location": page.source, "split": cut}
    assert ingest_document(page, **placed).status == Status.ADDED
    assert ingest_document(page, **placed).status == Status.UNCHANGED
    desk.write("docs/a.md", "Two rules.")
    assert desk.ingest(desk.root, prune=True).counts["removed"] == 0
    assert desk.texts() == ["One rule.", "Two rules."]


KILLED = """
import sys, time
from pathlib import Path
import chromadb, llama_index.vector_stores.chroma
from knowledge.embed import HashEmbedder
from knowledge.index import PassageIndex
from knowledge.ingest import ingest
from knowledge.library import Library
from knowledge.store import Database
sys.path.insert(0, sys.argv[2])
from test_ingest import cut, read

class Slow(HashEmbedder):
    def embed(self, texts):
        time.sleep(0.002 * len(texts))
        return super().embed(texts)

root = Path(sys.argv[1])
library = Library(Database(root / "w.db"))
index = PassageIndex(root / "index", embedder=Slow(), vectors=library.records)
print("ready", flush=True)
report = ingest([root / "docs"], library=library, index=index, root=root, load=read, split=cut)
index.close()
"""


def _passages_and_index(root: Path) -> tuple[list[Passage], set[str]]:
    with Database(root / "w.db") as database:
        library = Library(database)
        index = PassageIndex(root / "index", embedder=HashEmbedder(), vectors=library.records)
        report = ingest([root / "docs"], library=library, index=index, root=root, load=read, split=cut)
        assert not report.failed
        held = index.ids()
        assert len(index.lexical(["rule"], 500)[0]) == len(held)
        index.close()
        return list(library.passages()), held


def test_a_run_killed_at_any_moment_is_finished_by_the_next(tmp_path):
    for name in ("calm", "killed"):
        docs = tmp_path / name / "docs"
        docs.mkdir(parents=True)
        for number in range(60):
            rules = [f"Rule {number}.{part} holds." for part in range(3)]
            (docs / f"{number:02}.md").write_text("\n\n".join(rules))
    chance = random.Random(7)
    interrupted = 0
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "killed"), str(Path(__file__).parent)],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
        )
        process.stdout.readline()
        time.sleep(chance.uniform(0.0, 1.2))
        process.kill()
        interrupted += process.wait() != 0
        process.stdout.close()
    assert interrupted
    assert _passages_and_index(tmp_path / "killed") == _passages_and_index(tmp_path / "calm")


def _ingest_for_real(path: Path, root: Path, database: Database) -> tuple[Library, IngestReport]:
    if not path.is_dir():
        pytest.skip("the corpora are not beside the checkout")
    library = Library(database)
    return library, ingest([path], library=library, root=root)


@pytest.mark.corpus
def test_the_digital_identity_guidelines(tmp_path):
    with Database(tmp_path / "w.db") as database:
        library, report = _ingest_for_real(NASTY.parent / "corpora/nist-800-63/rev3", tmp_path, database)
        assert report.counts["failed"] == 0
        assert report.counts["added"] > 40
        for entry in library.documents():
            text = library.document_text(entry.id)
            assert entry.source.startswith("rev3/")
            assert all(text[p.start : p.end] == p.text for p in library.passages(entry.id))
        _, again = _ingest_for_real(NASTY.parent / "corpora/nist-800-63/rev3", tmp_path, database)
        assert again.counts["unchanged"] == report.counts["added"]
        assert [entry.version for entry in library.documents()] == [1] * report.counts["added"]


@pytest.mark.corpus
def test_copies_are_told_from_editions(tmp_path):
    with Database(tmp_path / "w.db") as database:
        library, report = _ingest_for_real(NASTY / "dup", tmp_path, database)
        by_name = {outcome.source.removeprefix("dup/"): outcome for outcome in report.outcomes}
        assert report.counts["duplicate"] == 2
        assert by_name["Copy of retention-policy (final).md"].status == Status.ADDED
        assert by_name["retention-policy.md"].status == Status.DUPLICATE
        assert by_name["retention-policy-crlf.md"].status == Status.DUPLICATE
        assert by_name["retention-policy-2019.md"].warnings[-1].startswith("near-duplicate")
        assert by_name["retention-notice-superseded.md"].warnings[-1].startswith("superseded")
        assert sum("Financial records must be kept for 7 years" in p.text for p in library.passages()) == 1


@pytest.mark.corpus
def test_odd_names_and_kinds_are_all_reported(tmp_path):
    with Database(tmp_path / "w.db") as database:
        _, report = _ingest_for_real(NASTY / "names", tmp_path, database)
        files = [path for path in (NASTY / "names").rglob("*") if path.is_file()]
        assert len(report.outcomes) == len(files)
        assert report.counts["added"] == len(files) - 1
        _, report = _ingest_for_real(NASTY / "other", tmp_path, database)
        statuses = {outcome.source: str(outcome.status) for outcome in report.outcomes}
        assert statuses["other/UPPERCASE.TXT"] == statuses["other/unknown.xyz"] == "added"
        assert statuses["other/picture.png"] == statuses["other/.hidden-draft.md"] == "skipped"


@pytest.mark.corpus
def test_an_archive_that_must_not_be_opened_is_refused_with_the_reason(tmp_path):
    with Database(tmp_path / "w.db") as database:
        _, report = _ingest_for_real(NASTY / "bomb", tmp_path, database)
        errors = {outcome.source: outcome.error for outcome in report.outcomes}
        assert "would unpack to" in errors["bomb/zip-bomb-40mb.zip"]
        assert "leads outside" in errors["bomb/zip-path-traversal.zip"]
        assert report.counts["failed"] == 3


def test_progress_names_every_file(desk):
    desk.write("docs/a.md", "One rule.")
    desk.write("docs/b.md", "Two rules.")
    events = []
    desk.ingest(progress=events.append)
    assert [(event.stage, event.done, event.total) for event in events] == [("read", 1, 2), ("read", 2, 2)]
    assert [event.outcome.source for event in events] == ["docs/a.md", "docs/b.md"]


class Counting:
    """An index in memory that counts how often it is compared with the library as a whole."""

    name = "memory"

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.compared = 0

    def ids(self) -> set[str]:
        self.compared += 1
        return set(self.held)

    def count(self) -> int:
        return len(self.held)

    def update(self, passages, gone, *, progress=None):
        here = {passage.id for passage in passages}
        counts = len(here - self.held), len(self.held & set(gone))
        self.held = (self.held | here) - set(gone)
        return counts

    def sync(self, passages, *, progress=None):
        wanted = {passage.id for passage in passages}
        counts = len(wanted - self.held), len(self.held - wanted)
        self.held = wanted
        return counts


def test_the_index_follows_the_changes_alone(desk):
    index = Counting()
    first, second = desk.write("docs/a.md", "One.\n\nTwo."), desk.write("docs/b.md", "Three.")
    assert desk.ingest(index=index).indexed == 3
    first.write_text("One.\n\nTwo and a half.")
    report = desk.ingest(index=index)
    assert (report.indexed, report.dropped) == (1, 1)
    second.unlink()
    assert desk.ingest(index=index, prune=True).dropped == 1
    assert index.held == desk.library.passage_ids()
    assert index.compared == 0


def test_what_changed_without_the_index_is_made_up_for(desk):
    index = Counting()
    desk.write("docs/a.md", "One.\n\nTwo.")
    desk.ingest()
    desk.write("docs/b.md", "Three.")
    assert desk.ingest(index=index).indexed == 3
    index.held.clear()
    assert desk.ingest(index=index).indexed == 3
    assert index.held == desk.library.passage_ids()


def test_only_what_lies_under_the_paths_is_missing(desk, tmp_path):
    inside, other = desk.write("docs/a.md", "One."), desk.write("docsb/a.md", "Two.")
    outside = tmp_path / "elsewhere" / "c.md"
    outside.parent.mkdir()
    outside.write_text("Three.")
    desk.ingest(desk.root / "docs", desk.root / "docsb", outside.parent)
    for path in (inside, other, outside):
        path.unlink()
    assert desk.ingest(desk.root / "docs").missing == ("docs/a.md",)
    assert sorted(desk.ingest(desk.root).missing) == ["docs/a.md", "docsb/a.md"]
    assert sorted(desk.ingest(tmp_path).missing) == ["docs/a.md", "docsb/a.md", "elsewhere/c.md"]
    assert desk.statuses(desk.root / "docs" / "a.md", prune=True) == {"docs/a.md": "removed"}
