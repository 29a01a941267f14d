"""A refresh by script, in this process or in one of its own: `python refresher.py FOLDER LOG` refreshes the workspace FOLDER.

Every call of the model adds a line to LOG before it is answered.
"""

import sys
from pathlib import Path

import scripted

from groundsmith.refresh.session import Refreshed, Wanted, refresh
from groundsmith.refresh.source import source_of
from groundsmith.workspace import Workspace


def refreshed(workspace: Workspace, *, source=None, model=None, judge=None, stop=lambda: False, **wanted) -> Refreshed:
    """Refresh the latest run, or a source, with the script."""
    return refresh(
        workspace,
        source or source_of(workspace, None),
        wanted=Wanted(**wanted),
        stop=stop,
        tick=scripted.silent,
        model=model or scripted.CountingModel(),
        assay=judge or scripted.assay(),
    )


if __name__ == "__main__":
    with scripted.opened(Path(sys.argv[1])) as opened:
        refreshed(opened, model=scripted.CountingModel(log=Path(sys.argv[2]), delay=0.05))
