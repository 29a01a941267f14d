"""ZIP archives opened as folders: their files are read each as a document of its own, at ARCHIVE.zip/path/within.

Nothing is written under a name from the archive: members are unpacked to numbered files in a folder of our own, and only
after the whole archive was found to be within the limits.
"""

from __future__ import annotations

import stat
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Final

from knowledge.errors import DocumentError
from knowledge.files import Found
from knowledge.load.limits import Limits

_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_CLUTTER: Final = ("__MACOSX", "Thumbs.db", "desktop.ini")
_CHUNK: Final = 1 << 20


@contextmanager
def unpacked(found: Iterable[Found], *, limits: Limits) -> Iterator[list[Found]]:
    """Give the files found with the files of ZIP archives among them, each after its archive, while the context lasts.

    An archive that is refused stays, with what is wrong with it.
    """
    with tempfile.TemporaryDirectory(prefix="groundsmith-") as folder:
        yield [each for one in found for each in _opened(one, Path(folder), limits)]


def _opened(found: Found, folder: Path, limits: Limits) -> list[Found]:
    if found.skip or not is_archive(found.path, limits=limits):
        return [found]
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        members = list(_members(found, place, limits))
    except DocumentError as error:
        return [replace(found, wrong=error.reason)]
    count = sum(1 for member in members if not member.skip)
    return [replace(found, skip=f"an archive: its {count} files are read each by itself"), *members]


def is_archive(path: Path, *, limits: Limits) -> bool:
    """Return whether a file is a ZIP archive by its name and its bytes, and no document that is packed so."""
    if path.suffix.lower() != ".zip" or not path.is_file():
        return False
    with path.open("rb") as file:
        if file.read(4) not in _MAGIC:
            return False
    from knowledge.load.format import CERTAIN, Sample, formats

    try:
        with zipfile.ZipFile(path) as archive:
            sample = Sample(data=b"PK\x03\x04", suffix=".zip", members=frozenset(archive.namelist()))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False
    return all(each.likelihood(sample) < CERTAIN for each in formats())


def _members(found: Found, folder: Path, limits: Limits) -> Iterator[Found]:
    """Unpack an archive into `folder`; yield its files in the order of their names."""
    from knowledge.load.packed import BROKEN, check_members

    source = found.path.name
    try:
        with zipfile.ZipFile(found.path) as archive:
            members = sorted((each for each in archive.infolist() if not each.is_dir()), key=lambda each: each.filename)
            check_members(members, source=source, limits=limits)
            for member in members:
                _require_inside(member.filename, source)
            names = [member.filename for member in members]
            if len(set(names)) < len(names):
                raise DocumentError(source, "two of its files have the same name", kind="damaged")
            for number, member in enumerate(members):
                yield _member(archive, member, found, folder / f"{number:05}")
    except BROKEN as error:
        raise DocumentError(source, f"the archive is damaged ({error})", kind="damaged") from error


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, found: Found, target: Path) -> Found:
    path = found.path / member.filename
    inside = replace(found, path=path, named=False)
    parts = PurePosixPath(member.filename).parts
    if stat.S_ISLNK(member.external_attr >> 16):
        return replace(inside, skip="a link within an archive")
    if parts[0] in _CLUTTER or parts[-1] in _CLUTTER or any(part.startswith(".") for part in parts):
        return replace(inside, skip="hidden within an archive")
    with archive.open(member) as packed, target.open("wb") as file:
        while piece := packed.read(_CHUNK):
            file.write(piece)
    return replace(inside, body=target)


def _require_inside(name: str, source: str) -> None:
    """Raise DocumentError for a member whose name leads out of the archive, as only an attack's would."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0] or "\x00" in name:
        raise DocumentError(source, f"it has a member that leads outside, {name!r}; refused", kind="unsupported")
