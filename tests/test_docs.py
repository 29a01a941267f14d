"""The documentation names every command, setting section and target that there is, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from groundsmith.cli import app
from groundsmith.settings import CONDITIONS, SECTIONS
from verify.verdict import STRICT, Thresholds

ROOT = Path(__file__).parent.parent
GENERATED = ("commands.md", "settings.md")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
_RUN = re.compile(r"^(?:\$ )?groundsmith ([a-z]+)(?: ([a-z]+))?", re.MULTILINE)


def pages() -> list[Path]:
    """Markdown pages of the repository, without the sample corpus."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/weights/*.md")]
    return sorted(path for path in found if path.is_file())


def guides() -> str:
    """The pages that a person wrote, as one text."""
    return "\n".join(path.read_text(encoding="utf-8") for path in pages() if path.name not in GENERATED)


def commands(path: str, command: Any) -> Iterator[str]:
    children = getattr(command, "commands", {})
    if not children:
        yield path
    for name, child in children.items():
        yield from commands(f"{path} {name}", child)


def anchors(path: Path) -> set[str]:
    headings = _HEADING.findall(_FENCE.sub("", path.read_text(encoding="utf-8")))
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in kept}


@pytest.mark.parametrize("name", sorted(commands("groundsmith", get_command(app))))
def test_every_command_is_in_a_guide(name: str) -> None:
    assert re.search(rf"{re.escape(name)}\b", guides()), f"no page but the reference mentions `{name}`"


def test_every_command_in_an_example_exists() -> None:
    known = set(commands("groundsmith", get_command(app)))
    wrong = []
    for path in pages():
        for block in _FENCE.findall(path.read_text(encoding="utf-8")):
            for first, second in _RUN.findall(block):
                if not {f"groundsmith {first}", f"groundsmith {first} {second}"} & known:
                    wrong.append(f"{path.relative_to(ROOT)}: groundsmith {first} {second}")
    assert wrong == []


@pytest.mark.parametrize("path", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in _LINK.findall(_FENCE.sub("", path.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (path.parent / name).resolve() if name else path
        if not place.exists() or (anchor and anchor not in anchors(place)):
            broken.append(target)
    assert broken == []


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target
        for path in pages()
        for target in re.findall(r"(?:^|`)make ([a-z]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert named
    assert named <= known, f"no such targets: {sorted(named - known)}"


@pytest.mark.parametrize("section", sorted([*SECTIONS, CONDITIONS]))
def test_every_settings_section_is_explained(section: str) -> None:
    written = "\n".join(
        path.read_text(encoding="utf-8")
        for path in sorted([*(ROOT / "docs" / "how-to").glob("*.md"), *(ROOT / "docs" / "reference").glob("*.md")])
    )
    assert re.search(rf"`{section}[.:`]|^{section}:", written, re.MULTILINE), section


def test_pages_are_indexed() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    linked = {(ROOT / "docs" / target).resolve() for target in _LINK.findall(index)}
    parts = ("tutorial", "how-to", "reference", "explanation", "decisions")
    missing = [path for part in parts for path in (ROOT / "docs" / part).glob("*.md") if path.resolve() not in linked]
    assert missing == []


def test_benchmark_figures_stand_in_the_pages_they_are_copied_from() -> None:
    index = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    wrong = []
    for row in index.splitlines():
        link = re.match(r"\| \[[^\]]+\]\((benchmarks/[^)]+)\)", row)
        if link:
            page = (ROOT / "docs" / link[1]).read_text(encoding="utf-8")
            cells = row.strip("|").split("|")
            figures = re.findall(r"\d[\d,]*(?:\.\d+)?(?: / \d[\d.]*)*", f"{cells[1]} {cells[2]}")
            wrong += [one for figure in figures if figure not in page for one in figure.split(" / ") if one not in page]
    assert wrong == []


def test_no_page_is_left_out_of_the_repository() -> None:
    done = subprocess.run(["git", "-C", ROOT, "check-ignore", *pages()], capture_output=True, text=True, check=False)
    if done.returncode == 128:
        pytest.skip("not a git checkout")
    assert done.stdout == ""


def test_thresholds_are_those_in_force() -> None:
    page = (ROOT / "docs" / "explanation" / "verification.md").read_text(encoding="utf-8")
    usual = Thresholds()
    assert re.search(rf"\| `generate` \| {STRICT.support}\b.* \| {STRICT.contradiction} \|", page)
    assert re.search(rf"\| `verify` \| {usual.support} \| {usual.contradiction} \|", page)
    assert f"at least {usual.overlap} of the claim's content words" in page
    how_to = (ROOT / "docs" / "how-to" / "fact-check.md").read_text(encoding="utf-8")
    assert f"`verify` asks for an entailment of {usual.support}" in how_to
    assert f"`generate` asks for {STRICT.support}" in how_to
