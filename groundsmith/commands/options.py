"""Options that several commands share, and the opening of a workspace with them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", help="The workspace folder; default: this folder or the nearest above."),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Override a setting, as in sampling.seed=11; repeatable."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
RunOption = Annotated[str | None, typer.Option("--run", help="The run; default: the latest.")]


@contextmanager
def opened(folder: Path | None, overrides: list[str] | None = None) -> Iterator[Workspace]:
    """Open the workspace with the overrides given on the command line, and close it after."""
    from groundsmith.workspace import Workspace

    workspace = Workspace.open(folder, overrides=parsed(overrides))
    try:
        yield workspace
    finally:
        workspace.close()


def parsed(overrides: list[str] | None) -> dict[str, str]:
    """Split NAME=VALUE words; raises SettingsError for a word without an equals sign."""
    from knowledge.errors import SettingsError

    pairs: dict[str, str] = {}
    for word in overrides or []:
        name, equals, value = word.partition("=")
        if not equals:
            raise SettingsError(f"--set {word}: write it as section.name=value")
        pairs[name.strip()] = value
    return pairs


class Stop:
    """Turns the first Ctrl-C into a request to finish the item in hand; the second interrupts at once."""

    def __init__(self) -> None:
        self.asked = False

    def __call__(self) -> bool:
        """Return whether stopping was asked for."""
        return self.asked

    def _handle(self, signum: int, frame: FrameType | None) -> None:
        from groundsmith.render import say

        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        say("finishing the items in hand; press Ctrl-C again to stop at once")

    @classmethod
    @contextmanager
    def on_interrupt(cls) -> Iterator[Stop]:
        """Yield a Stop that Ctrl-C sets for the length of the block."""
        stop = cls()
        before = signal.signal(signal.SIGINT, stop._handle)
        try:
            yield stop
        finally:
            signal.signal(signal.SIGINT, before)
