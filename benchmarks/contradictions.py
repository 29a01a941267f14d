"""Contradictions found in real corpora: how many pairs are compared, what is found, to be read and classified.

python benchmarks/contradictions.py --corpus ../shared/data/corpora --markdown found.md
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from groundsmith.contradictions import Contradiction, Survey, survey
from groundsmith.ingestion import ingest_into
from groundsmith.workspace import Workspace

HARBOURVIEW = Path(__file__).parent.parent / "examples" / "harbourview"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trial:
    """A corpus to look at: `paths` are taken in, `seen` tells whether the rules were written with it in view."""

    name: str
    paths: tuple[Path, ...]
    seen: bool


def trials(corpus: Path) -> list[Trial]:
    """Return the corpora of the page, in its order."""
    nist, adgm = corpus / "nist-800-63", corpus / "obliqa-adgm" / "docs"
    rulebooks = tuple(
        path for start in ("CIB", "CMC", "CONF", "FEES", "FUNDS") for path in sorted(adgm.glob(f"{start}_*"))
    )
    return [
        Trial(name="examples/harbourview", paths=(HARBOURVIEW,), seen=True),
        Trial(name="NIST SP 800-63, revision 3", paths=(nist / "rev3",), seen=True),
        Trial(name="NIST SP 800-63, revision 4 draft", paths=(nist / "rev4-draft",), seen=True),
        Trial(name="NIST SP 800-63, both revisions", paths=(nist / "rev3", nist / "rev4-draft"), seen=True),
        Trial(name="CISA directives", paths=(corpus / "cisa-directives" / "web",), seen=True),
        Trial(name="DC Code", paths=(corpus / "dc-code-html",), seen=True),
        Trial(name="ADGM rulebooks (CIB, CMC, CONF, FEES, FUNDS)", paths=rulebooks, seen=False),
    ]


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """Show no progress."""


def measured(trial: Trial) -> tuple[Survey, float]:
    """Return what is found in a corpus, and the seconds the comparison took."""
    with tempfile.TemporaryDirectory() as folder, Workspace.create(Path(folder), environment={}) as workspace:
        ingest_into(workspace, list(trial.paths), prune=False, tick=silent)
        start = time.perf_counter()
        made = survey(workspace, tick=silent)
        return made, time.perf_counter() - start


def row(trial: Trial, made: Survey, seconds: float) -> str:
    """Return a corpus' line of the table."""
    seen = "yes" if trial.seen else "no"
    pairs = f"{made.passage_pairs:,} | {made.sentence_pairs:,}"
    return f"| {trial.name} | {seen} | {made.passages:,} | {pairs} | {len(made.found)} | {seconds:.0f} s |"


def listed(found: Contradiction) -> str:
    """Return a contradiction for reading: what differs, and both texts with their places."""
    sides = "\n".join(f"    - {each.source} ({each.place}): {each.text}" for each in (found.one, found.other))
    return f"  - {found.kind}: {found.detail}\n{sides}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table and everything found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--corpus", type=Path, default=Path("../shared/data/corpora"))
    parser.add_argument("--only", help="corpora whose name holds this")
    parser.add_argument("--markdown", type=Path, help="write the result here, too")
    options = parser.parse_args(arguments)
    table = [
        "| corpus | seen | passages | passage pairs | sentence pairs | found | time |",
        "|---|---|--:|--:|--:|--:|--:|",
    ]
    lists: list[str] = []
    for trial in trials(options.corpus):
        if not options.only or options.only in trial.name:
            made, seconds = measured(trial)
            table.append(row(trial, made, seconds))
            lists += ["", f"- {trial.name}", *map(listed, made.found)]
    text = "\n".join([*table, *lists]) + "\n"
    sys.stdout.write(text)
    if options.markdown:
        options.markdown.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
