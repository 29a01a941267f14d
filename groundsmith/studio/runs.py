"""The runs: the list, one run with its funnel and its failures first, starting, stopping and going on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from groundsmith.runs import Funnel, Run, Spending
from groundsmith.studio import address
from groundsmith.studio.check import job_of
from groundsmith.studio.desk import desk_of
from groundsmith.studio.job_store import Job
from groundsmith.studio.jobs import Progress, writer_of
from groundsmith.studio.listing import FieldError
from groundsmith.studio.live import stream
from groundsmith.studio.page import Nav, action, missing, page, see
from groundsmith.studio.run_form import FIELDS, MOST_ROWS, begin, problems
from groundsmith.studio.sample_filter import SampleFilter
from groundsmith.studio.sample_store import Listed
from groundsmith.studio.words import say
from knowledge.errors import UsageError

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk

RUNS = 100
FAILURES = 20
KINDS = ("generate",)
SAME = ("task", "sampling", "demonstrations", "verification", "curation", "generation", "model", "graph")
"""Sections that a run is gone on with as it was begun."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLine:
    """A run in the list; `state` is its status, or working, or interrupted when its process is gone."""

    run: Run
    funnel: Funnel
    state: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunsPage:
    """The Context of the list of runs and the form that starts one."""

    title: str
    runs: tuple[RunLine, ...]
    jobs: tuple[tuple[Job, str], ...]
    busy: bool
    values: Mapping[str, str]
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPage:
    """The Context of one run; `job` is the job that works on it, if it was started here, `overrides` what it is gone on with."""

    title: str
    run: Run
    state: str
    funnel: Funnel
    spending: Spending | None
    currency: str
    job: Job | None
    progress: Progress | None
    failures: tuple[Listed, ...]
    settings: tuple[tuple[str, str], ...]
    can_go_on: bool


def runs(request: Request) -> RunsPage:
    """Return the runs, the latest first."""
    return _list(desk_of(request), {})


def _list(desk: Desk, values: Mapping[str, str], errors: tuple[FieldError, ...] = ()) -> RunsPage:
    found = desk.workspace.runs.all()[:RUNS]
    jobs = [(job, desk.jobs.progress(job).state) for job in desk.job_store.latest("generate", limit=8)]
    settings = desk.first.settings
    usual = {
        "count": str(settings.generation.count),
        "calls": "",
        "money": "",
        "seconds": "",
        "seed": str(settings.sampling.seed),
    }
    return RunsPage(
        title=say("runs.title"),
        runs=tuple(line(desk, each) for each in found),
        jobs=tuple(each for each in jobs if each[1] in ("working", "failed", "killed")),
        busy=writer_of(desk.first) is not None,
        values={**usual, **values},
        errors=errors,
    )


def line(desk: Desk, found: Run) -> RunLine:
    """Return a run as a list shows it."""
    return RunLine(run=found, funnel=_funnel(desk, found), state=_state(desk, found))


def _funnel(desk: Desk, run: Run) -> Funnel:
    return desk.cached(("funnel", run.id), lambda tables: tables.workspace.runs.funnel(run.id))


def _state(desk: Desk, run: Run) -> str:
    """Return a run's status; one that began and was never finished is working only while somebody writes."""
    if run.status != "started":
        return run.status
    latest = desk.cached(
        "latest", lambda tables: next((each.id for each in tables.workspace.runs.all() if each.status == "started"), "")
    )
    return "working" if run.id == latest and writer_of(desk.first) is not None else "interrupted"


def _run_of(request: Request) -> Run:
    name = request.path_params["id"]
    try:
        return desk_of(request).workspace.runs.run(name)
    except KeyError as error:
        raise missing(say("runs.unknown", name=name[:80])) from error


def run(request: Request) -> RunPage:
    """Return one run."""
    desk, found = desk_of(request), _run_of(request)
    job, progress = _job_of(desk, found)
    state = _state(desk, found)
    failed = desk.samples.page(SampleFilter(run=found.id, outcome="failed"), limit=FAILURES)
    rejected = desk.samples.page(SampleFilter(run=found.id, outcome="rejected"), limit=FAILURES - len(failed))
    return RunPage(
        title=say("runs.run", name=found.id),
        run=found,
        state=state,
        funnel=_funnel(desk, found),
        spending=desk.workspace.runs.spending(found.id),
        currency=_currency(desk),
        job=job,
        progress=progress,
        failures=(*failed, *rejected),
        settings=tuple(_flat(found.record.get("settings", {}))),
        can_go_on=found.kind in KINDS and state != "working" and writer_of(desk.first) is None,
    )


def _currency(desk: Desk) -> str:
    from groundsmith.spending import price_table
    from knowledge.errors import GroundsmithError

    try:
        return price_table(desk.first.settings).currency
    except GroundsmithError:
        return ""


def _job_of(desk: Desk, found: Run) -> tuple[Job | None, Progress | None]:
    """Return the job that works on a run: the living one that writes, or the last that said it made the run."""
    writer = writer_of(desk.first)
    for job in desk.job_store.latest("generate", limit=10):
        progress = desk.jobs.progress(job)
        if progress.working and found.status == "started" and desk.jobs.pid(job.id) == writer:
            return job, progress
        if isinstance(progress.result, dict) and progress.result.get("run") == found.id:
            return job, progress
    return None, None


def _flat(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"{section}.{name}", json.dumps(value, ensure_ascii=False))
        for section, values in settings.items()
        for name, value in (values.items() if isinstance(values, Mapping) else [("", values)])
    ]


def start(request: Request, form: FormData) -> Response | RunsPage:
    """Start a run as a job; the form is shown again with what is wrong with it."""
    desk = desk_of(request)
    values = {name: str(form.get(name, "")).strip() for name in ("count", *FIELDS)}
    errors = tuple(problems(desk, values))
    if errors:
        return _list(desk, values, errors)
    return see(address.job(begin(desk, values, title=say("runs.job", count=int(values["count"]))).id))


def go_on(request: Request, form: FormData) -> Response:
    """Go on with a run under the settings it was begun with; more rows when more are asked."""
    desk, found = desk_of(request), _run_of(request)
    if found.kind not in KINDS:
        raise UsageError(say("runs.other_kind", kind=found.kind))
    if writer_of(desk.first) is not None:
        raise UsageError(say("runs.busy"))
    count = str(form.get("count", "")).strip() or str(found.asked)
    if not count.isdecimal() or not 1 <= int(count[:20]) <= MOST_ROWS:
        raise UsageError(say("runs.whole", low="1", high=f"{MOST_ROWS:,}"))
    words = ["generate", "--count", count, "--json", *_as_begun(desk, found)]
    job = desk.jobs.start("generate", words, title=say("runs.job", count=int(count)))
    return see(address.job(job.id))


def _as_begun(desk: Desk, found: Run) -> list[str]:
    """Return the overrides that turn the settings of today into those of a run; raises UsageError where none can."""
    now, then = desk.first.settings.resolved(), found.record.get("settings", {})
    if then.get("conditions", {}) != json.loads(json.dumps(now["conditions"], default=str)):
        raise UsageError(say("runs.conditions_changed"))
    words = []
    for section in SAME:
        for name, value in then.get(section, {}).items():
            if name in now[section] and now[section][name] != value and (section, name) != ("generation", "count"):
                words += ["--set", f"{section}.{name}={_as_text(value)}"]
    return words


def _as_text(value: object) -> str:
    """Return a setting as it is written on the command line."""
    if isinstance(value, list):
        return f"[{', '.join(_as_text(each) for each in value)}]"
    return value if isinstance(value, str) else json.dumps(value)


def stop(request: Request, form: FormData) -> Response:
    """Ask the job that works on a run to finish what it has in hand and end."""
    desk, found = desk_of(request), _run_of(request)
    job, progress = _job_of(desk, found)
    if job is None or progress is None or not progress.working:
        raise UsageError(say("runs.not_ours"))
    desk.jobs.stop(job.id)
    return see(address.run(found.id))


def _look_at_run(request: Request) -> tuple[dict[str, Any], bool]:
    desk, found = desk_of(request), _run_of(request)
    funnel, state = _funnel(desk, found), _state(desk, found)
    told = {
        "state": say(f"runs.states.{state}"),
        "done": min(funnel.kept, found.asked),
        "total": found.asked,
        "text": say("runs.so_far", kept=f"{funnel.kept:,}", asked=f"{found.asked:,}", made=f"{funnel.made:,}"),
    }
    return told, state == "working"


def _look_at_job(request: Request) -> tuple[dict[str, Any], bool]:
    desk, found = desk_of(request), job_of(request)
    progress = desk.jobs.progress(found)
    told: dict[str, Any] = {"state": say(f"job.states.{progress.state}"), "messages": progress.messages}
    if found.kind == "generate" and progress.working and desk.jobs.pid(found.id) == writer_of(desk.first):
        working = next((each for each in desk.workspace.runs.all() if each.status == "started"), None)
        if working is not None:
            told["see"] = address.run(working.id)
    return told, progress.working


nav = Nav(name="runs", href=address.runs(), order=80)
routes = [
    *page("/runs", runs, template="runs.html.jinja", name="runs"),
    *action("/runs", start, template="runs.html.jinja", name="runs"),
    stream("/runs/{id}/events", _look_at_run),
    stream("/jobs/{id}/events", _look_at_job),
    *action("/runs/{id}/stop", stop),
    *action("/runs/{id}/resume", go_on),
    *page("/runs/{id}", run, template="run.html.jinja", name="runs"),
]
