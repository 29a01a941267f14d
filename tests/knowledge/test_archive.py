"""ZIP archives as folders of documents."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from knowledge.archive import unpacked
from knowledge.files import Found, find
from knowledge.ingest import Status, ingest
from knowledge.library import Library
from knowledge.load import Limits
from knowledge.store import Database


def archive(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


@pytest.fixture
def library(tmp_path):
    with Database(tmp_path / "w.db") as database:
        yield Library(database)


def take(library: Library, root: Path, *paths: Path, prune: bool = False) -> dict[str, Status]:
    report = ingest(list(paths), library=library, root=root, prune=prune)
    return {outcome.source: outcome.status for outcome in report.outcomes}


def test_files_of_an_archive_are_documents_under_its_name(library, tmp_path):
    place = archive(tmp_path / "rules.zip", {"a.md": "# A\n\nPay in May.", "deep/b.txt": "Berths close at nine."})
    assert take(library, tmp_path, place) == {
        "rules.zip": Status.SKIPPED,
        "rules.zip/a.md": Status.ADDED,
        "rules.zip/deep/b.txt": Status.ADDED,
    }
    again = take(library, tmp_path, place)
    assert again["rules.zip/a.md"] == again["rules.zip/deep/b.txt"] == Status.UNCHANGED


def test_a_changed_archive_changes_only_what_changed_and_prunes_what_is_gone(library, tmp_path):
    members = {"a.md": "Pay in May.", "b.md": "Berths close at nine.", "c.md": "Dogs stay on a lead."}
    archive(tmp_path / "rules.zip", members)
    take(library, tmp_path, tmp_path / "rules.zip")
    archive(tmp_path / "rules.zip", {"a.md": "Pay in June.", "b.md": members["b.md"]})
    found = take(library, tmp_path, tmp_path / "rules.zip", prune=True)
    assert found["rules.zip/a.md"] == Status.CHANGED
    assert found["rules.zip/b.md"] == Status.UNCHANGED
    assert found["rules.zip/c.md"] == Status.REMOVED


def test_a_copy_outside_is_a_duplicate_of_the_one_in_the_archive(library, tmp_path):
    archive(tmp_path / "rules.zip", {"a.md": "Pay in May at the office."})
    take(library, tmp_path, tmp_path / "rules.zip")
    (tmp_path / "copy.md").write_text("Pay in May at the office.")
    assert take(library, tmp_path, tmp_path / "copy.md") == {"copy.md": Status.DUPLICATE}


def test_an_archive_that_is_gone_takes_its_documents_along(library, tmp_path):
    (tmp_path / "docs").mkdir()
    place = archive(tmp_path / "docs" / "rules.zip", {"a.md": "Pay in May at the office."})
    take(library, tmp_path, tmp_path / "docs")
    place.unlink()
    assert take(library, tmp_path, tmp_path / "docs", prune=True) == {"docs/rules.zip/a.md": Status.REMOVED}


@pytest.mark.parametrize("name", ["../../outside.txt", "/etc/passwd", "..\\outside.txt", "C:\\x.txt"])
def test_a_member_that_leads_outside_refuses_the_archive_and_writes_nothing(library, tmp_path, name):
    archive(tmp_path / "rules.zip", {"a.md": "Pay in May.", name: "planted"})
    before = sorted(path.name for path in tmp_path.iterdir())
    report = ingest([tmp_path / "rules.zip"], library=library, root=tmp_path)
    assert [(outcome.status, "leads outside" in (outcome.error or "")) for outcome in report.outcomes] == [
        (Status.FAILED, True)
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert library.documents() == []


def test_a_bomb_is_refused_before_it_is_unpacked(library, tmp_path):
    archive(tmp_path / "bomb.zip", {"a.txt": "0" * 3_000_000})
    report = ingest([tmp_path / "bomb.zip"], library=library, root=tmp_path)
    assert "would unpack" in (report.outcomes[0].error or "")


def test_links_and_clutter_in_an_archive_are_left_out(tmp_path):
    place = archive(tmp_path / "rules.zip", {"__MACOSX/a.md": "x", ".git/config": "x", "a.md": "Pay in May."})
    link = zipfile.ZipInfo("link.md")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(place, "a") as made:
        made.writestr(link, "/etc/passwd")
    with unpacked(find([place]), limits=Limits()) as found:
        read = [each.path.relative_to(place).as_posix() for each in found if not each.skip]
        assert read == ["a.md"]


def test_a_document_that_is_packed_as_zip_is_no_archive(tmp_path):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("word/document.xml", "<w/>")
    (tmp_path / "letter.zip").write_bytes(buffer.getvalue())
    with unpacked(find([tmp_path / "letter.zip"]), limits=Limits()) as found:
        assert found == [Found(path=tmp_path / "letter.zip", base=tmp_path.parent, named=True)]
