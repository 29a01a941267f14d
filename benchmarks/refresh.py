"""A dataset kept true: 3 of 30 documents edited by rule and one added, refreshed, and made anew to compare; then one removed.

Documents are CISA directives and sections of the DC Code. In three of them every deadline gets nine units longer, every amount three times
as large, and every "must" and "shall" becomes "may". A row is a planted outdated answer when its answer states a word that the rule
changes, and a stretch of an edited document that bears it out states it too. Stages write into a folder and can be run one by one.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from generate.model import Completion
from generate.prompt import Prompt
from groundsmith.assay import verifier_of
from groundsmith.exports import export_rows
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.pipeline import generate
from groundsmith.refresh.changelog import write_changelog
from groundsmith.refresh.session import refresh
from groundsmith.refresh.source import RunSource, source_of
from groundsmith.refresh.store import RefreshLog
from groundsmith.row import DatasetRow
from groundsmith.workspace import Workspace
from verify.verifier import Item

CISA = "16-03 16-02 17-01 15-01 16-01 ed-20-03 ed-21-04 ed-20-04 ed-21-03 ed-21-01-supplemental-guidance 18-02 ed-20-02".split()
SECTIONS = 18
EDITED = 3
WORDS = (300, 1300)
_FIGURES = re.compile(r"\b\d+ (?:calendar |business |working )?days|\$\d")
_TIME = re.compile(r"\b(\d{1,3})(?= (?:calendar |business |working )?(?:days?|hours?|months?|years?)\b)")
_AMOUNT = re.compile(r"\$(\d[\d,]*)")
_MODAL = re.compile(r"\b([Mm]ust|[Ss]hall)\b(?! not)")
_TAGS = re.compile(r"(<[^>]+>)")


def documents(data: Path) -> tuple[list[Path], Path]:
    """Return the thirty documents, and the one that is added later."""
    corpora = data / "corpora"
    chosen = [corpora / "cisa-directives" / "web" / f"{name}.md" for name in CISA]
    sections = []
    for path in sorted((corpora / "dc-code-html").glob("*.html")):
        text = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))
        if len(_FIGURES.findall(text)) >= 2 and WORDS[0] <= len(text.split()) <= WORDS[1]:
            sections.append(path)
    return chosen + sections[:SECTIONS], sections[SECTIONS]


def edited(text: str) -> str:
    """Return a text as the rule edits it."""
    text = _TIME.sub(lambda found: str(int(found[1]) + 9), text)
    text = _AMOUNT.sub(lambda found: f"${int(found[1].replace(',', '') or 0) * 3:,}", text)
    return _MODAL.sub(lambda found: "May" if found[1][0].isupper() else "may", text)


def edited_file(path: Path) -> None:
    """Edit a file in place; of HTML, only what stands between tags in the body."""
    whole = path.read_text(encoding="utf-8")
    start = whole.index("<body") if path.suffix == ".html" else 0
    parts = _TAGS.split(whole[start:]) if start else [whole]
    done = "".join(part if number % 2 else edited(part) for number, part in enumerate(parts))
    path.write_text(whole[:start] + done, encoding="utf-8")


def touched(text: str) -> set[str]:
    """Return the words of a text that the rule changes, as it finds them."""
    return {found[0].lower() for rule in (_TIME, _AMOUNT, _MODAL) for found in rule.finditer(text)}


def planted(row: DatasetRow, documents: set[str]) -> bool:
    """Whether a row's answer states what the rule changes in a stretch of an edited document that bears it out."""
    texts = {each.id: each for each in row.evidence}
    spans = [span for claim in row.claims for span in claim.spans if texts[span.id].document in documents]
    said = [touched(texts[span.id].text[span.start : span.end]) for span in spans]
    return bool(touched(row.answer) & set().union(*said))


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """Be told of progress and say nothing."""


def built(workspace: Workspace) -> None:
    """Bring library, index and graph up to date."""
    ingest_into(workspace, [workspace.root / "documents"], prune=True, tick=silent)
    build_graph(workspace, tick=silent)


@contextmanager
def stage(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield a record that is written to NAME.json with the seconds taken."""
    record: dict[str, Any] = {}
    started = time.monotonic()
    yield record
    record["seconds"] = round(time.monotonic() - started, 1)
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1), encoding="utf-8")


def made(workspace: Workspace, count: int, record: dict[str, Any], author: str) -> None:
    """Generate a set and note what it took."""
    outcome = generate(workspace, count=count, stop=lambda: False, tick=silent, model=stand_in(author))
    used = workspace.runs.spending(outcome.run)
    record |= {
        "run": outcome.run,
        "rows": outcome.kept,
        "prompts": outcome.funnel.made,
        "calls": used.calls if used else 0,
    }
    export_rows(workspace.runs.kept(outcome.run, limit=count), workspace.root / "rows.jsonl", form="jsonl")


def build(folder: Path, data: Path, count: int, author: str) -> None:
    """Make the first set over the thirty documents."""
    with stage(folder, "build") as record, opened(folder / "living", author) as workspace:
        (workspace.root / "documents").mkdir(exist_ok=True)
        chosen, _ = documents(data)
        for path in chosen:
            shutil.copyfile(path, workspace.root / "documents" / path.name)
        built(workspace)
        record |= {"documents": len(workspace.library.documents()), "passages": workspace.library.passage_count()}
        made(workspace, count, record, author)


class StandIn:
    """In place of a language model: it returns the question that the rules drafted, unchanged."""

    name = "stand-in"

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        """Return the question that stands behind the last colon."""
        drafted = prompt.messages[-1].content.rpartition(": ")[2].strip()
        return Completion(text=json.dumps({"question": drafted}), model=self.name, input_tokens=1, output_tokens=1)


def stand_in(author: str) -> StandIn | None:
    """Return the stand-in, or None for the model of the settings."""
    return StandIn() if author == "stand-in" else None


@contextmanager
def opened(folder: Path, author: str) -> Iterator[Workspace]:
    """Open the workspace, made if it is not there, with the strategy that fits the author."""
    Workspace.create(folder, environment={}).close()
    overrides = {"generation.strategy": "decompose"} if author == "stand-in" else {}
    with Workspace.open(folder, environment={}, overrides=overrides) as workspace:
        yield workspace


def chosen_edits(workspace: Workspace, rows: list[DatasetRow]) -> tuple[list[str], str]:
    """Return the sources of the three documents that most answers with words for the rule rest on, and of the next, to be removed."""
    source = {entry.id: entry.source for entry in workspace.library.documents()}
    hit = Counter(each for row in rows for each in {one.document for one in row.evidence} if planted(row, {each}))
    rests = Counter(each for row in rows for each in {one.document for one in row.evidence})
    first = sorted(hit, key=lambda name: (-hit[name], source[name]))[:EDITED]
    gone = next(name for name in sorted(rests, key=lambda name: (-rests[name], source[name])) if name not in first)
    return [source[name] for name in first], source[gone]


def edit(folder: Path, data: Path, author: str) -> None:
    """Edit three documents, add one, take both in, refresh, and compare with what was planted."""
    with opened(folder / "living", author) as workspace:
        source = source_of(workspace, None)
        rows = list(source.rows())
        if not (folder / "edits.json").exists():
            names, gone = chosen_edits(workspace, rows)
            ids = [entry.id for entry in workspace.library.documents() if entry.source in names]
            plan = {"edited": names, "ids": ids, "removed": gone, "before": sorted(workspace.library.passage_ids())}
            for name in names:
                edited_file(workspace.root / name)
            added = documents(data)[1]
            shutil.copyfile(added, workspace.root / "documents" / added.name)
            (folder / "edits.json").write_text(json.dumps(plan), encoding="utf-8")
        plan = json.loads((folder / "edits.json").read_text())
        built(workspace)
        outdated = [row.id for row in rows if planted(row, set(plan["ids"]))]
        refreshed(folder, workspace, source, author, name="refresh", before=set(plan["before"]), outdated=outdated)
        shutil.copytree(workspace.root / "documents", folder / "documents", dirs_exist_ok=True)


def remove(folder: Path, author: str) -> None:
    """Remove one document more, and refresh again."""
    with opened(folder / "living", author) as workspace:
        source = source_of(workspace, None)
        before = workspace.library.passage_ids()
        gone = workspace.root / json.loads((folder / "edits.json").read_text())["removed"]
        gone.unlink(missing_ok=True)
        built(workspace)
        refreshed(folder, workspace, source, author, name="removed", before=before, outdated=[])


def refreshed(
    folder: Path,
    workspace: Workspace,
    source: RunSource,
    author: str,
    *,
    name: str,
    before: set[str],
    outdated: list[str],
) -> None:
    """Refresh, and note what was looked at, what was found, and what it took."""
    rows = list(source.rows())
    with stage(folder, name) as record:
        lost = before - workspace.library.passage_ids()
        resting = [row.id for row in rows if {each.id for each in row.evidence} & lost]
        done = refresh(workspace, source, stop=lambda: False, tick=silent, model=stand_in(author))
        records = list(RefreshLog(workspace.database).records(done.run))
        write_changelog(folder / f"{name}.md", done, records)
        by_row = {each["row"]: each for each in records}
        after = {row.id: row for row in workspace.runs.kept(done.run, limit=done.asked)}
        record |= {
            "refreshed": asdict(done),
            "rows": len(after),
            "passages changed or gone": len(lost),
            "rows resting on them": len(resting),
            "rows looked at again": len(records),
            "these are the same rows": sorted(resting) == sorted(by_row),
            "planted outdated answers": len(outdated),
            "of these found": sum(by_row.get(each, {}).get("outcome", "kept") != "kept" for each in outdated),
            "of these still in the set": sum(each in after for each in outdated),
            "untouched rows with their ids": sum(row.id in after for row in rows if row.id not in by_row),
            "outcomes": Counter(each["outcome"] for each in records),
        }
        export_rows(after.values(), folder / f"{name}.jsonl", form="jsonl")


def anew(folder: Path, count: int, author: str) -> None:
    """Make a set anew over the documents as they are after the edits."""
    with stage(folder, "anew") as record, opened(folder / "anew", author) as workspace:
        shutil.copytree(folder / "documents", workspace.root / "documents", dirs_exist_ok=True)
        built(workspace)
        made(workspace, count, record, author)


def judged(folder: Path) -> None:
    """Judge both sets alike: against the library made anew, by the verifier for text of others, without the passages that rows cite."""
    with stage(folder, "judged") as record, Workspace.open(folder / "anew", environment={}) as workspace:
        verifier = verifier_of(workspace, strict=False)
        for name, path in (
            ("refreshed", folder / "refresh.jsonl"),
            ("anew", workspace.root / "rows.jsonl"),
            ("not refreshed", folder / "living" / "rows.jsonl"),
        ):
            rows = [DatasetRow.from_json(json.loads(line)) for line in path.read_text().splitlines()]
            items = [Item(id=row.id, question=row.question, answer=row.answer) for row in rows]
            found = list(verifier.verify(items))
            record[name] = {
                "rows": len(rows),
                "passed": sum(each.passed for each in found),
                "labels": Counter(str(each.label) for each in found),
            }


def report(folder: Path) -> str:
    """Return the figures as Markdown."""
    found = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("build", "refresh", "anew", "judged")}
    one, two, three, judged = found["build"], found["refresh"], found["anew"], found["judged"]
    calls = two["refreshed"]["spent"]["calls"]

    def passed(name: str) -> str:
        each = judged[name]
        return f"{each['passed']} of {each['rows']} ({each['passed'] / max(1, each['rows']):.1%})"

    lines = [
        f"{one['documents']} documents, {one['passages']} passages; {one['rows']} rows with {one['calls']} calls.",
        "",
        "| three documents edited, one added | not refreshed | refreshed | made anew |",
        "|---|---|---|---|",
        f"| rows | {one['rows']} | {two['rows']} | {three['rows']} |",
        f"| pass against the documents of now | {passed('not refreshed')} | {passed('refreshed')} | {passed('anew')} |",
        f"| model calls | 0 | {calls} | {three['calls']} |",
        f"| seconds | 0 | {two['seconds']:.0f} | {three['seconds']:.0f} |",
        "",
        f"Calls saved: {1 - calls / max(1, three['calls']):.1%}.",
    ]
    for name, title in (("refresh", "three edited, one added"), ("removed", "one more removed")):
        if (folder / f"{name}.json").exists():
            record = json.loads((folder / f"{name}.json").read_text())
            lines += ["", f"| the refresh, {title} | |", "|---|---|"]
            shown = {key: value for key, value in record.items() if key not in ("refreshed", "outcomes", "seconds")}
            shown |= record["outcomes"] | {"model calls": record["refreshed"]["spent"]["calls"]}
            lines += [f"| {key} | {value} |" for key, value in shown.items()]
    return "\n".join(lines)


def main() -> None:
    """Run the stages asked for and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder of public data sets")
    parser.add_argument("--folder", type=Path, required=True, help="where workspaces and results go")
    parser.add_argument("-n", "--count", type=int, default=60, help="rows of a set")
    parser.add_argument(
        "--stage", choices=("build", "refresh", "remove", "anew", "judge", "report", "all"), default="all"
    )
    parser.add_argument(
        "--author",
        choices=("local", "stand-in"),
        default="local",
        help="the model of the settings, or one that returns the questions that rules drafted",
    )
    parser.add_argument("--markdown", type=Path, help="also write the table to this file")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    stages: dict[str, Callable[[], None]] = {
        "build": lambda: build(given.folder, given.data, given.count, given.author),
        "refresh": lambda: edit(given.folder, given.data, given.author),
        "remove": lambda: remove(given.folder, given.author),
        "anew": lambda: anew(given.folder, given.count, given.author),
        "judge": lambda: judged(given.folder),
    }
    for name, work in stages.items():
        if given.stage in (name, "all"):
            work()
    if given.stage in ("report", "all"):
        told = report(given.folder)
        print(told)
        if given.markdown:
            given.markdown.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
