"""Commands on the graph as a vocabulary: export, import, align, query."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from groundsmith.commands.options import JsonOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graph.align import Proposal
    from graph.network import ConceptGraph
    from groundsmith.workspace import Workspace
    from knowledge.errors import RowError


class GraphFormat(StrEnum):
    """What the graph can be written as."""

    TURTLE = "turtle"
    JSONLD = "jsonld"
    GRAPHML = "graphml"
    CSV = "csv"


def register(group: typer.Typer) -> None:
    """Add the commands to the `graph` group."""
    group.command(epilog="Example: groundsmith graph export concepts.ttl")(export)
    group.command("import", epilog="Example: groundsmith graph import eurovoc.ttl --name eurovoc")(import_)
    group.command(
        epilog="Example: groundsmith graph align eurovoc -o matches.csv && groundsmith graph align --apply matches.csv"
    )(align)
    group.command(
        epilog="Example: groundsmith graph query 'SELECT ?label WHERE { ?concept skos:prefLabel ?label } LIMIT 5'"
    )(query)


def export(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; - is standard output.")],
    form: Annotated[
        GraphFormat,
        typer.Option("--format", "-f", help="SKOS as Turtle or JSON-LD, GraphML, or CSV of nodes and edges."),
    ] = GraphFormat.TURTLE,
    workspace: WorkspaceOption = None,
) -> None:
    """Write the graph for other tools; CSV makes two files, NAME-nodes.csv and NAME-edges.csv."""
    from groundsmith.exports import write_text
    from groundsmith.render import out, say
    from knowledge.errors import UsageError

    if form is GraphFormat.CSV and str(target) == "-":
        raise UsageError("--format csv writes two files; name a file instead of -")
    with opened(workspace) as place:
        written = _written(place, target, form)
    for path, text in written.items():
        if str(path) == "-":
            out(text)
        else:
            write_text(path, text)
            say(f"wrote {path}")


def _written(place: Workspace, target: Path, form: GraphFormat) -> dict[Path, str]:
    from graph import exchange
    from graph.skos import write
    from graph.vocabulary_store import VocabularyStore

    graph = place.graph()
    if form is GraphFormat.GRAPHML:
        return {target: exchange.graphml(graph)}
    if form is GraphFormat.CSV:
        nodes, edges = (target.with_name(f"{target.stem}-{part}.csv") for part in ("nodes", "edges"))
        return {nodes: exchange.nodes_csv(graph), edges: exchange.edges_csv(graph)}
    scheme = exchange.described(graph, place.library, matches=VocabularyStore(place.database).matches())
    return {target: write(scheme, form="turtle" if form is GraphFormat.TURTLE else "json-ld")}


def import_(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A SKOS or OWL file: .ttl .nt .rdf .owl .jsonld .trig .nq")
    ],
    name: Annotated[str | None, typer.Option("--name", help="What to call it; default: the file's name.")] = None,
    language: Annotated[
        list[str] | None, typer.Option("--language", help="A language of labels, in order of preference; default: en.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in a vocabulary that others publish, to align the graph with; the same name replaces it."""
    from graph.vocabulary import load
    from graph.vocabulary_store import VocabularyStore
    from groundsmith.render import out, out_json

    vocabulary = load(file, name=name, languages=tuple(language or ("en",)))
    with opened(workspace) as place:
        place.lock()
        VocabularyStore(place.database).put(vocabulary)
    counts = {
        "name": vocabulary.name,
        "title": vocabulary.title,
        "concepts": len(vocabulary.concepts),
        "labels": sum(1 + len(concept.aliases) for concept in vocabulary.concepts),
        "broader": sum(len(concept.broader) for concept in vocabulary.concepts),
        "related": sum(len(concept.related) for concept in vocabulary.concepts),
        "without_label": vocabulary.unlabelled,
    }
    if as_json:
        out_json(counts)
    else:
        out(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in counts.items()))


def align(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="An imported vocabulary; default: the only one.")
    ] = None,
    target: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the list for review: .csv or .json.")
    ] = None,
    apply: Annotated[Path | None, typer.Option("--apply", help="Store the accepted rows of a reviewed list.")] = None,
    names_only: Annotated[bool, typer.Option("--names-only", help="Compare names, not meanings.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose which concepts match an imported vocabulary, as a list to review; --apply stores what was accepted."""
    if apply is not None:
        _apply(apply, workspace=workspace, as_json=as_json)
        return
    from graph.align import propose
    from groundsmith.exports import write_text
    from groundsmith.render import out_json, say, table

    with opened(workspace) as place:
        vocabulary = _vocabulary(place, name)
        found = propose(place.graph(), vocabulary, embedder=None if names_only else place.embedder)
    if target is not None:
        write_text(target, _listed(target, found))
        say(f"wrote {len(found)} proposals to {target}; write accept or reject in the column decision, then:")
        say(f"groundsmith graph align --apply {target}")
    if as_json:
        out_json([asdict(proposal) for proposal in found])
    elif target is None:
        rows = [(each.label, each.relation, each.target, f"{each.score:.2f}", each.reason, each.iri) for each in found]
        table(
            f"Proposed matches with {vocabulary.name}",
            ("concept", "relation", "theirs", "score", "by", "iri"),
            rows,
            right=(3,),
        )


def _vocabulary(place: Workspace, name: str | None) -> Any:  # noqa: ANN401 - Vocabulary, imported late
    from graph.vocabulary_store import VocabularyStore
    from knowledge.errors import UsageError

    store = VocabularyStore(place.database)
    known = store.names()
    if not known:
        raise UsageError("no vocabulary yet; take one in with `groundsmith graph import FILE`")
    if name is None and len(known) > 1:
        raise UsageError(f"name one of the vocabularies: {', '.join(known)}")
    vocabulary = store.get(name or known[0])
    if vocabulary is None:
        raise UsageError(f"{name}: not an imported vocabulary; known are {', '.join(known)}")
    return vocabulary


def _listed(target: Path, found: tuple[Proposal, ...]) -> str:
    import json

    from graph.align import to_csv

    if target.suffix.lower() == ".json":
        return json.dumps([asdict(proposal) for proposal in found], ensure_ascii=False, indent=2) + "\n"
    return to_csv(found)


def _apply(path: Path, *, workspace: Path | None, as_json: bool) -> None:
    from graph.align import Decision, accepted
    from graph.vocabulary_store import VocabularyStore
    from groundsmith.render import out, out_json, say

    with opened(workspace) as place:
        place.lock()
        graph = place.graph()
        proposals, wrong = _reviewed(path, graph)
        matches = accepted(proposals)
        rejected = [(each.concept, each.iri) for each in proposals if each.decision == Decision.REJECT]
        VocabularyStore(place.database).match(matches, rejected)
    for error in wrong:
        say(f"{path}: {error}")
    counts = {
        "accepted": len(matches),
        "rejected": len(rejected),
        "open": len(proposals) - len(matches) - len(rejected),
        "failed": len(wrong),
    }
    if as_json:
        out_json(counts)
    else:
        out(", ".join(f"{value} {name}" for name, value in counts.items()))
    if wrong:
        raise typer.Exit(1)


def _reviewed(path: Path, graph: ConceptGraph) -> tuple[list[Proposal], list[RowError]]:
    from graph.align import from_rows
    from knowledge.errors import RowError

    proposals, wrong = from_rows(_rows(path))
    gone = [
        RowError(f"{each.concept} ({each.label}): not a concept of this graph any more; align again")
        for each in proposals
        if each.concept not in graph.concepts
    ]
    return [each for each in proposals if each.concept in graph.concepts], [*wrong, *gone]


def _rows(path: Path) -> list[Mapping[str, object]]:
    import csv
    import json

    from knowledge.errors import UsageError

    try:
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix.lower() == ".json":
            value = json.loads(text)
            if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
                raise UsageError(f"{path}: not a list of proposals; use the list that `graph align -o` writes")
            return value
        dialect = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        return list(csv.DictReader(text.splitlines(keepends=True), delimiter=dialect))
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{path}: cannot be read as a reviewed list ({error})") from error


def query(
    text: Annotated[
        str,
        typer.Argument(metavar="SPARQL", help="SELECT, ASK, CONSTRUCT or DESCRIBE; - reads it from standard input."),
    ],
    limit: Annotated[int, typer.Option("--limit", "-n", help="At most so many rows.", min=1)] = 1000,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="Stop a query that takes longer.", min=0.1)
    ] = 60.0,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the graph in SPARQL, to read only; skos:, cg:, dcterms:, prov: and the like need no PREFIX."""
    import sys

    from graph.exchange import described
    from graph.query import TripleStore, checked
    from graph.vocabulary_store import VocabularyStore
    from groundsmith.render import out_json, table

    wanted = sys.stdin.read() if text == "-" else text
    checked(wanted)
    with opened(workspace) as place:
        scheme = described(place.graph(), place.library, matches=VocabularyStore(place.database).matches())
    answer = TripleStore.of(scheme).query(wanted, limit=limit, seconds=timeout)
    if as_json:
        out_json([dict(zip(answer.columns, row, strict=True)) for row in answer.rows])
        return
    rows = [["" if cell is None else cell for cell in row] for row in answer.rows]
    numbers = [
        at for at in range(len(answer.columns)) if rows and all(isinstance(row[at], int | float) for row in rows)
    ]
    table(f"{len(rows)} rows", answer.columns, rows, right=numbers)


def soundness(place: Workspace, *, check: bool) -> dict[str, Any]:
    """Return the quality table of a workspace's vocabulary, and with `check` what the SHACL shapes say."""
    from graph.exchange import described
    from graph.quality import MOST_CHECKED, conformance, quality
    from graph.skos import to_rdf, triples
    from graph.vocabulary_store import VocabularyStore
    from knowledge.errors import MissingDependency

    scheme = described(place.graph(), place.library, matches=VocabularyStore(place.database).matches())
    found: dict[str, Any] = {"quality": [asdict(finding) for finding in quality(scheme)]}
    if not check:
        return found
    if sum(1 for _ in triples(scheme)) > MOST_CHECKED:
        return found | {"shapes": {"checked": False, "reason": f"more than {MOST_CHECKED:,} triples"}}
    try:
        result = conformance(to_rdf(scheme))
    except MissingDependency as error:
        return found | {"shapes": {"checked": False, "reason": str(error)}}
    return found | {"shapes": {"checked": True, **asdict(result)}}
