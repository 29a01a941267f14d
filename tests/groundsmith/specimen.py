"""A made-up run for the tests of the report: kept and rejected rows, two documents, every verdict."""

from dataclasses import replace

from groundsmith.panel import Cell, Drawing, Panel, Table, cells
from groundsmith.report import ConceptGap, DocumentShare, FunnelStep, ReportCoverage, ReportData
from groundsmith.row import DatasetRow, MultiHop, RowClaim, RowConcept, RowEvidence, RowFinding, RowSpan

RENT = (
    "Households may apply for the rent supplement within 30 days of signing a lease. The monthly income of a household "
    "of four must not exceed $4,200. The caseworker must answer in writing within ten working days, and a refusal must "
    "name the clause it rests on."
)
APPEAL = (
    "A person who was refused a benefit under any of the city's programmes may appeal to the Review Panel.\n"
    "The appeal must reach the Panel no later than 21 days after the refusal was received. The Panel may extend this "
    "period where the person was ill."
)
RENT_EVIDENCE = RowEvidence(
    id="p_rent", document="d_rent", version=2, title="Rent Supplement Policy", source="policies/rent-supplement.pdf",
    page=4, headings=("3 Applying", "3.2 Time limits and income"), start=5120, end=5120 + len(RENT), text=RENT,
)  # fmt: skip
APPEAL_EVIDENCE = RowEvidence(
    id="p_appeal", document="d_appeal", version=1, title="Appeals Rule", source="policies/appeals.html",
    headings=("Part II", "Time for appealing"), start=880, end=880 + len(APPEAL), text=APPEAL,
)  # fmt: skip


def claim(text: str, answer: str, quote: str, evidence: RowEvidence, **changes: object) -> RowClaim:
    start, at = answer.index(text), evidence.text.index(quote)
    span = RowSpan(id=evidence.id, start=at, end=at + len(quote))
    made = RowClaim(
        text=text, start=start, end=start + len(text), verdict="supported", entailment=0.97, contradiction=0.01,
        evidence=(evidence.id,), spans=(span,),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def kept() -> list[DatasetRow]:
    answer = "A household of four may earn at most $4,200 a month. It has 30 days after signing the lease to apply."
    first, second = answer.split(". ")[0] + ".", answer.split(". ")[1]
    amount = RowFinding(rule="amount", conflict=False, detail="both say $4,200")
    one = DatasetRow(
        id="s_1", question="What is the income ceiling for a household of four, and how long does it have to apply?",
        answer=answer, reasoning="The passage gives the ceiling and the period.", level=1,
        concepts=(RowConcept(id="c_1", label="income ceiling"), RowConcept(id="c_2", label="rent supplement")),
        conditions={"audience": "resident", "difficulty": "plain"}, evidence=(RENT_EVIDENCE,),
        claims=(
            claim(first, answer, "The monthly income of a household of four must not exceed $4,200.", RENT_EVIDENCE,
                  rules=(amount,)),
            claim(second, answer, "within 30 days of signing a lease", RENT_EVIDENCE, entailment=0.93),
        ),
        verdict="supported", confidence=0.95, model="demo", run="r_1", created="2026-11-21T02:00:00Z",
    )  # fmt: skip
    hop = "The caseworker must name the clause the refusal rests on, and the applicant then has 21 days to appeal."
    two = replace(
        one, id="s_2", question="What must a refusal of the rent supplement contain, and how long may one appeal it?",
        answer=hop, reasoning=None, level=3, evidence=(RENT_EVIDENCE, APPEAL_EVIDENCE), confidence=0.91,
        claims=(
            claim("The caseworker must name the clause the refusal rests on", hop,
                  "a refusal must name the clause it rests on", RENT_EVIDENCE),
            claim("the applicant then has 21 days to appeal", hop,
                  "no later than 21 days after the refusal was received", APPEAL_EVIDENCE, entailment=0.88),
        ),
        multi_hop=MultiHop(proven=True, documents=("d_rent", "d_appeal"), together=0.91, alone=(0.34, 0.12)),
    )  # fmt: skip
    return [one, two]


def rejected() -> list[DatasetRow]:
    base = kept()[0]
    answer = "The minimum monthly income is $4,200."
    wrong = RowFinding(
        rule="comparative", conflict=True, detail="the claim says minimum, the passage says must not exceed"
    )
    refuted = claim(
        answer, answer, "must not exceed $4,200", RENT_EVIDENCE, verdict="refuted", entailment=0.08, contradiction=0.81,
        rules=(wrong,), reason="the passage says the opposite",
    )  # fmt: skip
    made_up = RowClaim(text="Applications cost $15.", start=0, end=22, verdict="not enough evidence", entailment=0.04)
    torn = claim(
        "It has 30 days.", "It has 30 days.", "within 30 days", RENT_EVIDENCE, verdict="conflicting", contradiction=0.7
    )
    alone = MultiHop(proven=False, documents=("d_rent", "d_appeal"), together=0.93, alone=(0.94, 0.05))
    return [
        replace(base, id="s_3", question="What is the minimum income?", answer=answer, claims=(refuted,),
                verdict="refuted", confidence=0.81, rejected="refuted by the documents"),
        replace(base, id="s_4", question="What does an application cost?", answer=made_up.text, claims=(made_up,),
                verdict="not enough evidence", confidence=0.7, rejected="not enough evidence"),
        replace(base, id="s_5", question="How long?", answer="It has 30 days.", claims=(torn,), level=3,
                evidence=(RENT_EVIDENCE, APPEAL_EVIDENCE), verdict="conflicting", confidence=0.5, multi_hop=alone,
                rejected="one document is enough"),
        replace(base, id="s_6", question="", answer="", claims=(), evidence=(), confidence=None,
                rejected="the model did not answer"),
    ]  # fmt: skip


def data() -> ReportData:
    good, bad = kept(), rejected()
    documents = (
        DocumentShare(
            title="Rent Supplement Policy", source="policies/rent-supplement.pdf", passages=42, cited=17, kept=23
        ),
        DocumentShare(title="Appeals Rule", source="policies/appeals.html", passages=18, cited=9, kept=14),
        DocumentShare(title="Parking Order", source="policies/parking.md", passages=11, cited=0, kept=0),
    )
    gaps = (
        ConceptGap(label="resident permit", documents=2, weight=0.83),
        ConceptGap(label="guarantor", documents=1, weight=0.4),
    )
    return ReportData(
        title="Harbourview housing policies", created="2026-11-21T02:00:00Z", asked=2, kept=good, rejected=bad,
        kept_total=2, rejected_total=4, subtitle="Written by demo-model, judged by nli-minilm.",
        funnel=(
            FunnelStep(name="planned", count=8), FunnelStep(name="written", count=6, note="the model answered in form"),
            FunnelStep(name="to the question", count=5), FunnelStep(name="entailed", count=3, note="every claim"),
            FunnelStep(name="kept", count=2, note="no duplicate"),
        ),
        reasons=(("refuted by the documents", 2), ("not enough evidence", 1), ("one document is enough", 1)),
        two_documents=(good[1], bad[2]),
        coverage=ReportCoverage(documents=documents, concepts=180, covered=64, weight=0.57, gaps=gaps, drawing=drawing()),
        record={"model": "demo-model", "seed": 7, "settings": {"sampling": {"levels": [1, 2, 3], "mode": "balanced"},
                "budget": {"money": None}, "verification": {"rules": True}}, "versions": {"groundsmith": "0.1.0"}},
    )  # fmt: skip


def drawing() -> Drawing:
    """A map of four concepts, two of them covered."""
    spots = "".join(
        f'<circle class="{kind}" cx="{x}" cy="100" r="20"><title>{name}</title></circle><text class="major" x="{x}" y="150">{name}</text>'
        for x, kind, name in (
            (100, "covered", "rent"), (300, "covered", "appeal"), (500, "open", "permit"), (700, "open", "guarantor"),
        )
    )  # fmt: skip
    told = "2 of the 4 most important concepts are covered."
    return Drawing(
        kind="map", title="Concept map", description=told, body=spots, width=900, height=200, note=told, command="c --map"
    )  # fmt: skip


def panels() -> tuple[Panel, ...]:
    """Quality, diversity with a table of many columns, and cost."""
    verdicts = Table(
        caption="Verdicts", columns=("Verdict", "Count", "Share"), rows=(cells("supported", 1200, "100.0%"),), right=(1, 2),
        bars=(1.0,), command="c --json",
    )  # fmt: skip
    vocabulary = (Cell(text="vocabulary", note="different words"), Cell(text="120", note="110 to 130", odd=True))
    words = Table(caption="Words", columns=("Measure", "Value"), rows=(vocabulary,), right=(1,), command="c --words")
    names = ("Round", "Rows", "Repeats", "New concepts", "Coverage", "Novelty", "Spread", "Nearest")
    rounds = Table(
        caption="Round by round", columns=names, rows=(cells(1, 33, 2, 77, "27.3%", "91%", "0.82", None),),
        right=tuple(range(1, 8)), command="c rounds", note="Novelty: rows with a new concept.",
    )  # fmt: skip
    return (
        Panel(name="quality", title="Quality", lead="What the judge said.", tables=(verdicts,), text="Not calibrated."),
        Panel(name="diversity", title="Diversity", lead="", tables=(words, rounds)),
        Panel(name="cost", title="Cost", lead="", text="Not on record."),
    )
