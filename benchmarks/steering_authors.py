"""Who writes and who judges in `benchmarks/steering.py`: scripts in place of a language model, and a judge that counts words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from generate.prompt import Prompt
from graph.match import Matcher
from graph.network import ConceptGraph
from groundsmith.assay import Assay
from groundsmith.row import RowConcept
from groundsmith.workspace import Workspace
from knowledge.identity import digest
from verify.duplicate import Questions
from verify.nli import LexicalEntailment
from verify.verifier import Verifier

SOURCE = re.compile(r"^\[source (\w+)\]\n(.*?)\n\[end \1\]$", re.DOTALL | re.MULTILINE)
ASKED = re.compile(r"^(?:The question is about|Ask about|Put in the middle|The subject is): (.*)\.$", re.MULTILINE)
WRONG = "Purple elephants juggle trombones beneath Saturn."


def scribe(prompt: Prompt, draw: int) -> str:
    """Answer with a sentence of each source, the one that names most of what is asked about; wrongly for some prompts.

    How often a passage leads to a right answer is its own: from 30 % to all, 65 % on average.
    """
    text = prompt.messages[-1].content
    sources = [source for _, source in SOURCE.findall(text)]
    wanted = ASKED.search(text)
    labels = [each.strip() for each in wanted[1].split(", ")] if wanted else []
    said = [_telling(source, labels) for source in sources]
    answer = " ".join(said)
    named = [label for label in labels if re.search(rf"\b{re.escape(label)}", answer, re.IGNORECASE)]
    if _chance(prompt.id, draw) > 0.3 + 0.7 * _chance(*prompt.passages):
        answer = WRONG
    question = f"What is laid down of {' and '.join(named) or labels[0]}?"
    return json.dumps({"question": question, "reasoning": "The sources say so.", "answer": answer})


def _telling(source: str, labels: Sequence[str]) -> str:
    sentences = [" ".join(each.split()) for each in re.split(r"(?<=[.;:])\s+|\n{2,}", source) if len(each.split()) > 4]
    return max(
        sentences or [" ".join(source.split())],
        key=lambda each: (sum(label.lower() in each.lower() for label in labels), -len(each)),
    )


def _chance(*texts: object) -> float:
    return int(digest([str(each) for each in texts])[:8], 16) / 16**8


def echo(prompt: Prompt, draw: int) -> str:
    """Return the question that the rules drafted, as it is."""
    return json.dumps({"question": prompt.messages[-1].content.partition(": ")[2].strip()})


def word_counter(workspace: Workspace, graph: ConceptGraph) -> Assay:
    """Return a judge that counts words of the passages, refuses repeats as the product does, and finds concepts in the text."""
    matcher = Matcher(graph.concepts.values())

    def find(text: str) -> tuple[RowConcept, ...]:
        named = dict.fromkeys(match.concept_id for match in matcher.find(text))
        return tuple(RowConcept(id=name, label=graph.concepts[name].label) for name in named)

    return Assay(
        Verifier(LexicalEntailment(), rules=False, relevance=False, cited_only=True),
        questions=Questions(embed=workspace.embedder.embed, similarity=workspace.settings.curation.similarity),
        concepts=find,
        name="words",
    )


AUTHORS: dict[str, tuple[str, Callable[[Prompt, int], str], Callable[[Workspace, ConceptGraph], Assay]]] = {
    "scribe": ("single", scribe, word_counter),
    "rules": ("decompose", echo, Assay.of),
}
"""Strategy, script and judge of each author."""
