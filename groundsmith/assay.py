"""The judge's side of a run: drafts in, dataset rows out, each with its verdicts and the reason when it did not pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from groundsmith.asked import Asked
from groundsmith.probing import Draughted, Search, critique, judged
from groundsmith.recall import RECALLED, marked, refusal_of
from groundsmith.row import DatasetRow, MultiHop, RowConcept, row_id
from groundsmith.runs import now
from groundsmith.verdict_row import claim_row, evidence_row

if TYPE_CHECKING:
    from generate.sample import Draft
    from generate.strategy import attempt as generation
    from generate.strategy.steps import Critique
    from graph.network import ConceptGraph
    from groundsmith.authorship import Written
    from groundsmith.screening import Screen
    from groundsmith.workspace import Workspace
    from verify.duplicate import Questions
    from verify.evidence import Evidence
    from verify.verdict import Verdict
    from verify.verifier import Result, Verifier


RIVALS = 12
"""Passages that are looked through for another answer to a question."""
KIND = "kind"
"""The condition by which kinds take turns; rows have it in a field of their own."""


class Assay:
    """Verifies drafts against the whole corpus and turns them into rows; remembers accepted questions."""

    def __init__(
        self,
        verifier: Verifier,
        *,
        questions: Questions | None = None,
        concepts: Callable[[str], tuple[RowConcept, ...]] | None = None,
        name: str = "",
        search: Search | None = None,
        around: Search | None = None,
    ) -> None:
        self._search, self._around = search, around
        self._verifier = verifier
        self._concepts = concepts
        self._asked = Asked(questions) if questions is not None else None
        self.name = name or verifier.read_by
        self.refuse_recalled = False
        """Whether rows that a model answers without the documents are refused."""
        self.screen: Screen | None = None
        """What no row may give away."""

    @classmethod
    def of(cls, workspace: Workspace, graph: ConceptGraph) -> Assay:
        """Return the assay that the workspace's settings ask for."""
        from groundsmith.screening import screen
        from verify.duplicate import Questions

        settings = workspace.settings
        screened = screen(settings.privacy, root=workspace.root, model=settings.graph.spacy_model)
        curation = workspace.settings.curation
        questions = Questions(embed=workspace.embedder.embed, similarity=curation.similarity)
        verifier = verifier_of(workspace, strict=True)
        made = cls(
            verifier,
            questions=questions if curation.duplicates else None,
            concepts=_finder(graph),
            name=" ".join(filter(None, (judge_name(verifier), screened.name))),
            search=_searcher(workspace, passages=workspace.settings.verification.passages),
            around=_searcher(workspace, passages=RIVALS),
        )
        made.screen = screened
        made.refuse_recalled = workspace.settings.generation.closed_book == "reject"
        return made

    def forgetful(self) -> Assay:
        """Return the same judge without a memory of questions, for rows that were accepted once and are looked at again."""
        made = Assay(self._verifier, concepts=self._concepts, name=self.name, search=self._search)
        made.screen = self.screen
        return made

    def remember(self, rows: Iterable[DatasetRow]) -> None:
        """Take the rows kept before as accepted."""
        for row in rows:
            self._accept(row)

    def rows(self, written: Sequence[Written], *, run: str) -> Iterator[tuple[Written, DatasetRow, str]]:
        """Yield each draft with its row and the reason it did not pass, empty when it did; in order."""
        drafts = [Draughted(draft=each.draft, passages=each.planned.passages) for each in written if each.draft]
        found = judged(self._verifier, drafts, search=self._search)
        rows = [self._named(_row(each, result, run=run)) for each, (result, _) in zip(written, found, strict=True)]
        recalls = [each.draft.parts.get(RECALLED) if each.draft else None for each in written]
        marks = marked(rows, recalls, self._verifier.model)
        for each, (result, refused), (row, mark) in zip(written, found, marks, strict=True):
            reason = (
                refused
                or _instructed(result)
                or _hop_refusal(each, result)
                or self._leak(row)
                or self._rival(row)
                or (refusal_of(mark) if self.refuse_recalled else "")
                or (self._asked.refusal(row) if self._asked is not None else "")
            )
            row = _with_reason(row, reason)
            if not reason:
                self._accept(row)
            yield each, row, _short(reason)

    def review(self, pairs: Sequence[tuple[generation.Planned, Draft]]) -> list[Critique]:
        """Return what the judge says of drafts while they are written; nothing is remembered."""
        from generate.strategy.steps import Critique

        drafts = [Draughted(draft=draft, passages=planned.passages) for planned, draft in pairs]
        found = judged(self._verifier, drafts, search=self._search)
        return [Critique(passed=not refused, words=critique(result, refused)) for result, refused in found]

    def entails(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Return for each pair of texts how far the first entails the second, 0 to 1."""
        return [score.entailment for score in self._verifier.model.entail(list(pairs))]

    def _named(self, row: DatasetRow) -> DatasetRow:
        """Return the row with the concepts that its question and answer name; those planned, when they name none."""
        from dataclasses import replace

        found = self._concepts(f"{row.question} {row.answer}") if self._concepts else ()
        return replace(row, concepts=found) if found else row

    def failed(self, written: Written, *, run: str) -> DatasetRow:
        """Return the row of an item that came to no draft: what the model said stands in the answer's place."""
        row = _base(written, run=run)
        return _with_reason(row, written.problem)

    def _leak(self, row: DatasetRow) -> str:
        if self.screen is None or not self.screen.name:
            return ""
        text = "\n".join([row.question, row.answer, row.reasoning or "", *row.parts.values()])
        return self.screen.refusal(text, "\n".join(each.text for each in row.evidence))

    def _rival(self, row: DatasetRow) -> str:
        """Return that another passage answers the question otherwise, or nothing; only questions of one answer are asked."""
        from groundsmith.rival import rival

        if self._around is None or row.expected != "answer":
            return ""
        other = rival(row.question, row.answer, [*row.evidence, *self._around(row.question)])
        return f"ambiguous: the documents say this too: {other}" if other else ""

    def _accept(self, row: DatasetRow) -> None:
        if self._asked is not None:
            self._asked.accept(row)


def _searcher(workspace: Workspace, *, passages: int) -> Search:
    """Return what finds so many passages for a question in the workspace."""
    from verify.evidence import Evidence

    def search(question: str) -> list[Evidence]:
        hits = workspace.retriever.search_many([question], k=passages)[0]
        return [Evidence.of(hit.passage, score=hit.score) for hit in hits]

    return search


def _finder(graph: ConceptGraph) -> Callable[[str], tuple[RowConcept, ...]]:
    """Return a function that finds the graph's concepts in a text."""
    from graph.match import Matcher

    matcher = Matcher(graph.concepts.values())

    def find(text: str) -> tuple[RowConcept, ...]:
        named = dict.fromkeys(match.concept_id for match in matcher.find(text))
        return tuple(RowConcept(id=name, label=graph.concepts[name].label) for name in named)

    return find


def verifier_of(workspace: Workspace, *, strict: bool, cited_only: bool = False, calibrated: bool = True) -> Verifier:
    """Return the verifier of the settings over the whole corpus; `strict` for text that can be made again.

    `cited_only` leaves the corpus out: items are judged by the passages they cite. `calibrated` lets it use the
    workspace's calibration, if there is one.
    """
    from dataclasses import replace

    from groundsmith.calibrating import CalibratedVerifier
    from groundsmith.models import entailment_model, second_model
    from groundsmith.precedence import authority, surroundings
    from verify.evidence import Evidence
    from verify.nli import CachedEntailment
    from verify.probability import shipped
    from verify.second import SecondReader
    from verify.store import EntailmentCache
    from verify.verdict import STRICT, Thresholds

    wanted = workspace.settings.verification
    thresholds = STRICT if strict else Thresholds()
    if wanted.threshold is not None:
        thresholds = replace(thresholds, support=wanted.threshold)
    if wanted.contradiction is not None:
        thresholds = replace(thresholds, contradiction=wanted.contradiction)
    if wanted.answers is not None:
        thresholds = replace(thresholds, answers=wanted.answers)

    before = surroundings(workspace.library)

    def retrieve(statements: list[str]) -> list[list[Evidence]]:
        found = workspace.retriever.search_many(statements, k=wanted.passages)
        return [
            [Evidence.of(hit.passage, score=hit.score, before=before(hit.passage)) for hit in hits] for hits in found
        ]

    cache = EntailmentCache(workspace.database)
    model = CachedEntailment(entailment_model(workspace.settings), cache)
    larger = second_model(workspace.settings)
    judge = CalibratedVerifier(
        model,
        retrieve,
        thresholds=thresholds,
        rules=wanted.rules,
        relevance=wanted.relevance,
        retrieved=wanted.passages,
        cited_only=cited_only,
        joint=wanted.joint,
        authority=authority(wanted.authority or ()),
        prefer_newer=wanted.prefer_newer,
        estimate=shipped(model.name),
        second=SecondReader(model=CachedEntailment(larger, cache)) if larger else None,
    )
    if calibrated:
        judge.calibrate(workspace, cited_only=cited_only)
    return judge


def judge_name(verifier: Verifier) -> str:
    """Return what identifies the judge: model, versions and thresholds."""
    from verify.verifier import VERIFIER_VERSION

    limits = verifier.thresholds
    fitted = getattr(verifier, "fitted", None)
    asked = f"support>={limits.support} contradiction>={limits.contradiction} answers>={limits.answers}"
    name = f"{verifier.read_by} verifier.v{VERIFIER_VERSION} {asked}"
    return f"{name} {fitted.id}" if fitted else name


def _short(reason: str) -> str:
    """Return the kind of a reason: what stands before the colon."""
    return reason.partition(":")[0]


def _instructed(result: Result) -> str:
    """Return that a passage the row rests on, or would show, reads like an instruction to a model, or nothing."""
    from generate.intrusion import meant

    for each in result.evidence:
        if found := meant("\n".join([each.title, *each.headings, each.text])):
            return f'instructing source: the evidence speaks to a model: "{found}"'
    return ""


def _hop_refusal(written: Written, result: Result) -> str:
    """Return why a two-document question does not need both, or nothing; only level 3 is asked."""
    if written.planned.level < 3:
        return ""
    found = (judgement for verdict in result.verdicts for judgement in verdict.judgements if judgement.document_id)
    of = {judgement.passage_id: judgement.document_id for judgement in found}
    of |= {passage.id: passage.document_id for passage in written.planned.passages}
    enough = [_enough(verdict, of) for verdict in result.verdicts]
    used = {of[name] for name in result.needed if name in of}
    if len(used) >= 2 and not (enough and set.intersection(*enough)):
        return ""
    return "one document is enough: the answer rests on a single document"


def _enough(verdict: Verdict, of: Mapping[str, str]) -> set[str]:
    """The documents that support a claim by themselves."""
    if len(verdict.needed) < 2:
        return {of[name] for name in verdict.supporting if name in of}
    documents = {of.get(name, "") for name in verdict.needed}
    return documents - {""} if len(documents) == 1 else set()


def _base(written: Written, *, run: str) -> DatasetRow:
    planned, draft = written.planned, written.draft
    question, answer = (draft.question, draft.answer) if draft else ("", written.raw)
    passages = [passage.id for passage in planned.passages]
    return DatasetRow(
        id=row_id(question=question or f"{planned.ordinal}", answer=answer, evidence=passages),
        question=question,
        answer=answer,
        reasoning=draft.reasoning if draft else None,
        level=planned.level,
        concepts=tuple(RowConcept(id=concept.id, label=concept.label) for concept in planned.concepts),
        kind=draft.kind if draft else planned.conditions.get(KIND, "question-answer"),
        expected=draft.expected if draft else "answer",
        parts=dict(draft.parts) if draft else {},
        conditions={name: value for name, value in planned.conditions.items() if name != KIND},
        model=written.model,
        prompt=written.prompt,
        run=run,
        created=now(),
        round=planned.round,
        mean_logprob=None if draft is None or draft.mean_logprob is None else round(draft.mean_logprob, 4),
    )


def _row(written: Written, result: Result, *, run: str) -> DatasetRow:
    from dataclasses import replace

    return replace(
        _base(written, run=run),
        evidence=tuple(evidence_row(each) for each in result.evidence),
        claims=tuple(claim_row(verdict) for verdict in result.verdicts),
        verdict=str(result.label),
        confidence=None if result.confidence is None else round(result.confidence, 4),
        answers=result.answers,
        multi_hop=_multi_hop(written, result) if written.planned.level == 3 else None,
    )


def _with_reason(row: DatasetRow, reason: str) -> DatasetRow:
    from dataclasses import replace

    return replace(row, rejected=reason or None)


def _multi_hop(written: Written, result: Result) -> MultiHop:
    """Say which of the two documents each claim needed."""
    documents = tuple(dict.fromkeys(passage.document_id for passage in written.planned.passages))
    of = {passage.id: passage.document_id for passage in written.planned.passages}
    alone = []
    for document in documents:
        scores = [
            max(
                (
                    j.entailment.entailment
                    for j in verdict.judgements
                    if of.get(j.passage_id) == document and not j.together
                ),
                default=0.0,
            )
            for verdict in result.verdicts
        ]
        alone.append(round(min(scores, default=0.0), 4))
    together = min((verdict.entailment or 0.0 for verdict in result.verdicts), default=0.0)
    supported = str(result.label) == "supported"
    refusal = _hop_refusal(written, result) if supported else ""
    proven = supported and not refusal
    return MultiHop(
        proven=proven,
        documents=documents,
        together=round(together, 4),
        alone=tuple(alone),
        reason=refusal or ("" if proven else result.reason),
    )
