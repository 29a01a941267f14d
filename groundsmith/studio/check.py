"""Checking a text against the documents: pasted in and judged at once, or a dataset file, judged by a job."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from groundsmith.highlight import Segment
from groundsmith.row import DatasetRow
from groundsmith.studio import address
from groundsmith.studio.desk import desk_of
from groundsmith.studio.job_store import Job
from groundsmith.studio.jobs import Progress
from groundsmith.studio.listing import FieldError
from groundsmith.studio.page import Nav, action, missing, page, see
from groundsmith.studio.sample import Shown, ShownClaim, answer_segments, other_evidence, shown_claims
from groundsmith.studio.words import say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk

LONGEST = 20_000
"""Most characters of a pasted text."""
TEXTS = (".txt", ".md")
DATASETS = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckPage:
    """The Context of the form: what was typed, what is wrong with it, and what was checked lately."""

    title: str
    question: str = ""
    answer: str = ""
    errors: tuple[FieldError, ...] = ()
    reports: tuple[dict[str, Any], ...] = ()
    files: tuple[tuple[Job, str], ...] = ()
    longest: int = LONGEST
    endings: str = ", ".join((*DATASETS, *TEXTS))


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportPage:
    """The Context of the report on a checked text."""

    title: str
    row: DatasetRow
    answer: tuple[Segment, ...]
    claims: tuple[ShownClaim, ...]
    others: tuple[Shown, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class JobPage:
    """The Context of a job: how far it is; `annotated` is the address of a checked file's copy once it is there."""

    title: str
    job: Job
    progress: Progress
    annotated: str = ""


def form_page(request: Request) -> CheckPage:
    """Return the empty form."""
    return _form(desk_of(request))


def _form(desk: Desk, question: str = "", answer: str = "", errors: tuple[FieldError, ...] = ()) -> CheckPage:
    files = desk.job_store.latest("verify", limit=10)
    return CheckPage(
        title=say("check.title"),
        question=question,
        answer=answer,
        errors=errors,
        reports=tuple(desk.job_store.reports()),
        files=tuple((job, desk.jobs.progress(job).state) for job in files),
    )


def check(request: Request, form: FormData) -> Response | CheckPage:
    """Judge what was pasted or dropped, keep the report, and lead to it."""
    desk = desk_of(request)
    question, answer = _text(form, "question"), _text(form, "answer")
    file = form.get("file")
    if isinstance(file, UploadFile) and file.filename:
        ending = PurePath(file.filename).suffix.lower()
        if ending in DATASETS:
            return _check_file(desk, file, ending)
        if ending not in TEXTS:
            wrong = say("check.unknown_file", name=file.filename[:80], endings=", ".join((*DATASETS, *TEXTS)))
            return _form(desk, question, answer, (FieldError(field="file", message=wrong),))
        answer = answer or file.file.read(LONGEST * 4 + 1).decode("utf-8", "replace").strip()
    if not answer or len(answer) > LONGEST or len(question) > LONGEST:
        wrong = say("check.long", most=f"{LONGEST:,}") if answer else say("check.empty")
        return _form(desk, question, answer[:LONGEST], (FieldError(field="answer", message=wrong),))
    row = desk.examiner.check(answer, question)
    desk.job_store.put_report(row)
    return see(address.report(row.id))


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _check_file(desk: Desk, file: UploadFile, ending: str) -> Response:
    """Keep a dataset under a name of our own and start the check."""
    import shutil

    job_id, folder = desk.jobs.prepare()
    path = folder / f"dataset{ending}"
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target)
    words = ["verify", str(path), "--output", str(folder / f"verified{ending}"), "--json"]
    job = desk.jobs.start(
        "verify", words, title=say("check.file_title", name=(file.filename or "")[:120]), job_id=job_id
    )
    return see(address.job(job.id))


def report(request: Request) -> ReportPage:
    """Return the report on a checked text."""
    desk, name = desk_of(request), request.path_params["id"]
    row = desk.job_store.report(name)
    if row is None:
        raise missing(say("check.unknown", name=name[:80]))
    current = desk.documents.current([each.id for each in row.evidence])
    return ReportPage(
        title=say("check.report"),
        row=row,
        answer=answer_segments(row),
        claims=shown_claims(row, current),
        others=other_evidence(row, current),
    )


def job_of(request: Request) -> Job:
    """Return the job that a request names."""
    name = request.path_params["id"]
    found = desk_of(request).job_store.find(name)
    if found is None:
        raise missing(say("job.unknown", name=name[:80]))
    return found


def job(request: Request) -> JobPage:
    """Return how far a job is."""
    desk, found = desk_of(request), job_of(request)
    progress = desk.jobs.progress(found)
    annotated = address.job(found.id) + "/file" if _annotated(request) is not None and not progress.working else ""
    return JobPage(title=found.title, job=found, progress=progress, annotated=annotated)


def _annotated(request: Request) -> Any:  # noqa: ANN401 - a Path or None
    return next(iter(sorted(desk_of(request).jobs.folder(job_of(request).id).glob("verified.*"))), None)


def annotated(request: Request) -> FileResponse:
    """Return the annotated copy of a checked file."""
    path = _annotated(request)
    if path is None:
        raise missing(say("job.no_file"))
    return FileResponse(path, media_type="application/octet-stream", filename=path.name)


def stop(request: Request, form: FormData) -> Response:
    """Ask a job to end."""
    found = job_of(request)
    desk_of(request).jobs.stop(found.id)
    return see(address.job(found.id))


nav = Nav(name="check", href=address.check(), order=70)
routes = [
    *page("/check", form_page, template="check.html.jinja", name="check"),
    *action("/check", check, template="check.html.jinja", name="check"),
    *page("/reports/{id}", report, template="report.html.jinja", name="check"),
    *page("/jobs/{id}/file", annotated, template=""),
    *page("/jobs/{id}", job, template="job.html.jinja"),
    *action("/jobs/{id}/stop", stop),
]
