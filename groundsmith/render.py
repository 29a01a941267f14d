"""What a person sees: tables on standard output, messages and progress on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

PLAIN_EVERY = 5.0


class Ticker(Protocol):
    """Something that can be told of progress."""

    def __call__(self, advance: int = 1, *, note: str = "", total: int | None = None) -> None:
        """Move on by `advance`, with a short `note`; `total` replaces the number expected."""


def say(message: str) -> None:
    """Write one line to standard error."""
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.stderr.flush()


def out(text: str) -> None:
    """Write text to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def out_json(value: object) -> None:
    """Write a value to standard output as indented JSON."""
    out(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], *, right: Sequence[int] = ()) -> None:
    """Write a table to standard output; columns numbered in `right` are aligned to the right."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title, title_justify="left", title_style="bold", header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        drawn.add_column(column, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(str(cell)) for cell in row))
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=140)
    console.print(drawn)


@contextmanager
def progress(label: str, *, total: int | None = None) -> Iterator[Ticker]:
    """Yield a ticker: a live bar on a terminal, a line every five seconds elsewhere."""
    if sys.stderr.isatty():
        with _bar(label, total) as ticker:
            yield ticker
    else:
        yield _Lines(label, total)


@contextmanager
def _bar(label: str, total: int | None) -> Iterator[Ticker]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
    )
    with Progress(*columns, console=Console(stderr=True), transient=False) as live:
        task = live.add_task(label, total=total, note="")

        def tick(advance: int = 1, *, note: str = "", total: int | None = None) -> None:
            if total is not None:
                live.update(task, total=total)
            live.update(task, advance=advance, note=note[:60])

        yield tick


class _Lines:
    """Progress where there is no terminal: the state, at most every five seconds."""

    def __init__(self, label: str, total: int | None) -> None:
        self._label, self._total, self._done = label, total, 0
        self._last = time.monotonic()

    def __call__(self, advance: int = 1, *, note: str = "", total: int | None = None) -> None:
        self._total = total if total is not None else self._total
        self._done += advance
        finished = self._total is not None and self._done >= self._total and advance > 0
        if finished or time.monotonic() - self._last >= PLAIN_EVERY:
            self._last = time.monotonic()
            of = f"/{self._total}" if self._total is not None else ""
            say(f"{self._label}: {self._done}{of} {note}".rstrip())
