"""A language model that follows a script, a judge without weights, and a driver that runs them in a process of their own.

As a program: `python scripted.py ingest FOLDER NAME`, `graph FOLDER` or `generate FOLDER COUNT LOG` does one step in the
workspace FOLDER. The first two write a line for each thing done; every call of the model adds a line with prompt id
and draw to LOG before it is answered.
"""

import json
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

from generate.model import Completion, ScriptedModel
from generate.prompt import Prompt
from groundsmith.assay import Assay
from groundsmith.ingestion import build_graph, ingest_into
from groundsmith.pipeline import Outcome, generate
from groundsmith.workspace import Workspace
from knowledge.embed import HashEmbedder
from knowledge.identity import digest
from knowledge.split import sentences
from verify.duplicate import Questions
from verify.nli import LexicalEntailment
from verify.verifier import Verifier

SOURCE = re.compile(r"^\[source (\w+)\]\n(.*?)\n\[end \1\]$", re.DOTALL | re.MULTILINE)
WRONG = "Purple elephants juggle trombones beneath Saturn."


def opened(place, **overrides):
    """Open the workspace with settings besides; in names, two underscores stand for a dot.

    The script is no small model whose facts rules choose, so a prompt is one call where nothing else is asked for.
    """
    named = {"generation.strategy": "single"} | {name.replace("__", "."): value for name, value in overrides.items()}
    return Workspace.open(place, environment={}, overrides=named)


def reply(prompt: Prompt, draw: int) -> str:
    """Say, by prompt and draw alone: six times in ten a right answer, else a repeated question, a wrong answer or no JSON."""
    number = int(digest([prompt.id, draw]), 16)
    chosen = [_sentence(text, number) for _, text in SOURCE.findall(prompt.messages[-1].content)]
    question = f"What do the rules of Harbourview say in full on matter {number % 10**6}, {chosen[0][:40]}?"
    values = {"question": question, "reasoning": "The sources say so.", "answer": " ".join(chosen)}
    match number % 10:
        case 0:
            return "I would rather not say."
        case 1 | 2:
            values["answer"] = WRONG
        case 3:
            values["question"] = "What do the rules of Harbourview say on this common matter?"
    return json.dumps(values)


def truth(prompt: Prompt, draw: int) -> str:
    """Say a sentence of each source as it stands, whatever the draw; the question names the place."""
    number = int(digest(prompt.id), 16)
    chosen = [_sentence(text, number) for _, text in SOURCE.findall(prompt.messages[-1].content)]
    question = f"What do the rules of Harbourview say in full on matter {number % 10**6}, draw {draw}?"
    return json.dumps({"question": question, "reasoning": "The sources say so.", "answer": " ".join(chosen)})


def _sentence(text: str, number: int) -> str:
    found = [text[span.start : span.end] for span in sentences(text)]
    long = [each for each in found if len(each.split()) > 5] or found
    return " ".join(long[number % len(long)].split())


class CountingModel:
    """A scripted model that counts its calls, and writes each down when it has a log."""

    def __init__(self, script=reply, *, log: Path | None = None, delay: float = 0.0) -> None:
        self.name = "scripted"
        self.calls: list[tuple[str, int]] = []
        self._model = ScriptedModel(script)
        self._log, self._delay = log, delay

    def complete(self, prompt: Prompt, *, draw: int) -> Completion:
        self.calls.append((prompt.id, draw))
        if self._log is not None:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(f"{prompt.id} {draw}\n")
        time.sleep(self._delay)
        return self._model.complete(prompt, draw=draw)


class CountingEntailment(LexicalEntailment):
    """The entailment model that counts words, and counts the pairs it was asked for."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def entail(self, pairs):
        self.pairs.extend(pairs)
        return super().entail(pairs)


def assay() -> Assay:
    """A judge that needs no weights and looks at the cited passages alone."""
    return Assay(
        Verifier(LexicalEntailment(), relevance=False, cited_only=True),
        questions=Questions(embed=HashEmbedder().embed, similarity=0.999),
        name="lexical",
    )


def stocked(root: Path, documents: list[Path]) -> Path:
    """Make a workspace in `root` with copies of documents and their graph."""
    (root / "policies").mkdir()
    for path in documents:
        (root / "policies" / path.name).write_bytes(path.read_bytes())
    with Workspace.create(root, environment={}) as workspace:
        ingest_into(workspace, [root / "policies"], prune=False, tick=silent)
        build_graph(workspace, tick=silent)
    return root


def run(workspace: Workspace, count: int, *, model=None, judge=None, stop=lambda: False) -> Outcome:
    """Generate with the script."""
    return generate(
        workspace,
        count=count,
        stop=stop,
        tick=silent,
        model=model or CountingModel(),
        assay=judge or assay(),
    )


def silent(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """A ticker that says nothing."""


def units(workspace: Workspace, run_id: str) -> list[object]:
    """The units of a run as they can be compared: without the moment and the seconds they took."""
    return [
        (unit.ordinal, unit.key, unit.level, unit.outcome, unit.reason, replace(unit.row, created=""))
        for unit in workspace.runs.units(run_id)
    ]


def main() -> None:
    """Do one step of the road in a process of its own: ingest, graph or generate."""
    step, folder, *rest = sys.argv[1:]
    with opened(Path(folder)) as workspace:
        if step == "ingest":
            ingest_into(workspace, [Path(folder) / rest[0]], prune=False, tick=aloud)
        elif step == "graph":
            build_graph(workspace, tick=aloud)
        else:
            run(workspace, int(rest[0]), model=CountingModel(log=Path(rest[1]), delay=0.01))


def aloud(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
    """A ticker that writes a line for everything it is told."""
    sys.stdout.write(f"{advance} {note}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
