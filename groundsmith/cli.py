"""The command line: one typer application; commands parse, call one function, render.

Manners: results on standard output, progress and messages on standard error; exit 0 done, 1 the result is below
what was asked or some items failed, 2 wrong usage; no traceback unless `--debug` or GROUNDSMITH_DEBUG.
"""

from __future__ import annotations

import os
import sys

import typer

from groundsmith import __version__
from groundsmith.commands import (
    calibration,
    contest,
    curation,
    documents,
    evaluation,
    exporting,
    frames,
    generation,
    graph,
    library,
    refreshing,
    review,
    runs,
    studio,
    upkeep,
    verification,
)

app = typer.Typer(
    name="groundsmith",
    help="Question-answer data that your documents entail, with the evidence for every claim.",
    epilog="Example: groundsmith init policies && cd policies && groundsmith ingest ~/documents && groundsmith generate -n 50",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for module in (
    library,
    documents,
    graph,
    frames,
    generation,
    runs,
    verification,
    curation,
    evaluation,
    contest,
    review,
    calibration,
    refreshing,
    exporting,
    upkeep,
    studio,
):
    module.register(app)

INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"groundsmith {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    debug: bool = typer.Option(False, "--debug", help="Show tracebacks."),
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    if debug:
        os.environ["GROUNDSMITH_DEBUG"] = "1"


def main() -> None:
    """Run the command line; errors meant for a user become one line and an exit code."""
    from knowledge.errors import GroundsmithError

    try:
        _run()
    except GroundsmithError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("stopped; run the same command again to continue", INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or 'the system'}: {error.strerror or error}", 1)
    except Exception as error:  # noqa: BLE001 - the last resort: one line for the user, the trace on request
        _fail(f"unexpected {type(error).__name__}: {error} (run again with --debug for the trace)", 1)


def _run() -> None:
    """Run the application; an interrupt, which typer turns into an exit of its own, is an interrupt again."""
    try:
        app()
    except SystemExit as end:
        if end.code == INTERRUPTED:
            raise KeyboardInterrupt from end
        raise


def _fail(message: str, code: int) -> None:
    if os.environ.get("GROUNDSMITH_DEBUG"):
        raise
    sys.stderr.write(f"groundsmith: {message}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
