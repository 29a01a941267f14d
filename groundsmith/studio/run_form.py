"""The form that starts a run: what may be written in its fields, and the command it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from groundsmith.studio.jobs import writer_of
from groundsmith.studio.listing import FieldError
from groundsmith.studio.words import say

if TYPE_CHECKING:
    from groundsmith.studio.desk import Desk
    from groundsmith.studio.job_store import Job

MOST_ROWS = 1_000_000
FIELDS = {"calls": "budget.calls", "money": "budget.money", "seconds": "budget.seconds", "seed": "sampling.seed"}
"""Fields that override a setting; `count` is the rows wanted."""
_WHOLE = {"count": (1, MOST_ROWS), "calls": (1, 10**9), "seed": (0, 2**53)}


def problems(desk: Desk, values: Mapping[str, str]) -> list[FieldError]:
    """Return what is wrong with the fields, or that somebody writes in the workspace already."""
    found = []
    for name, text in values.items():
        if not text and name != "count":
            continue
        if name in _WHOLE:
            low, high = _WHOLE[name]
            fine = text.isdecimal() and low <= int(text[:20]) <= high
            message = say("runs.whole", low=f"{low:,}", high=f"{high:,}")
        else:
            fine, message = _is_amount(text), say("runs.amount")
        if not fine:
            found.append(FieldError(field=name, message=f"{say(f'runs.fields.{name}')}: {message}"))
    if not found and writer_of(desk.first) is not None:
        found.append(FieldError(field="count", message=say("runs.busy")))
    return found


def _is_amount(text: str) -> bool:
    try:
        return 0 < float(text) < 1e12
    except ValueError:
        return False


def begin(desk: Desk, values: Mapping[str, str], *, title: str, settings: Mapping[str, str] | None = None) -> Job:
    """Start a run as a job; `settings` are overridden beside what the fields say."""
    words = ["generate", "--count", values["count"], "--json"]
    for name, setting in FIELDS.items():
        words += ["--set", f"{setting}={values[name]}"] if values.get(name) else []
    for setting, value in (settings or {}).items():
        words += ["--set", f"{setting}={value}"]
    return desk.jobs.start("generate", words, title=title)
