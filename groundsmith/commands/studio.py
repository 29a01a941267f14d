"""The command that opens the studio."""

from __future__ import annotations

import secrets
import socket
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace

LOOPBACK = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(epilog="Example: groundsmith studio --port 8710")(studio)


def studio(
    host: Annotated[
        str, typer.Option("--host", help="Address to listen at; any but loopback asks every caller for a token.")
    ] = LOOPBACK,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="Port to listen at; 0 takes a free one.")
    ] = 8710,
    token: Annotated[
        str | None,
        typer.Option(
            "--token", envvar="GROUNDSMITH_TOKEN", help="Token that callers show; made up where one is needed."
        ),
    ] = None,
    allowed: Annotated[
        list[str] | None,
        typer.Option("--allow-host", metavar="NAME", help="Further name the studio is reached by; repeatable."),
    ] = None,
    browser: Annotated[
        bool | None,
        typer.Option(
            "--browser/--no-browser", help="Open a browser. Default: when run at a terminal.", show_default=False
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
) -> None:
    """Open the studio: see documents, concepts, rows and runs in a browser on this machine.

    Nothing leaves the machine. Runs started from it go on when it is stopped.
    """
    from groundsmith.studio.guard import LOOPBACK as LOCAL

    local = host in LOCAL
    shown = token or ("" if local else secrets.token_urlsafe(24))
    wants_browser = sys.stdout.isatty() and local if browser is None else browser
    with opened(workspace, overrides) as place:
        _serve(
            place,
            host=host,
            port=port,
            token=shown,
            names=[host, *(allowed or [])],
            browser=wants_browser,
            overrides=overrides or [],
        )


def _serve(
    place: Workspace, *, host: str, port: int, token: str, names: list[str], browser: bool, overrides: list[str]
) -> None:
    """Listen until Ctrl-C."""
    from groundsmith.render import out, say
    from knowledge.errors import MissingDependency, UsageError

    try:
        import uvicorn

        from groundsmith.studio.app import create_app
    except ModuleNotFoundError as error:
        remedy = "pip install 'groundsmith[studio]'"
        raise MissingDependency(f"the studio needs the package {error.name}; install it with {remedy}") from error
    config = uvicorn.Config(
        create_app(place, hosts=names, token=token, overrides=overrides),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
    )
    try:
        listening = _listening(host, port)
    except OSError as error:
        raise UsageError(f"{host}:{port}: cannot listen there ({error.strerror}); choose another --port") from error
    address = f"http://{_bracketed(host)}:{listening.getsockname()[1]}/" + (f"?token={token}" if token else "")
    out(address)
    if token:
        say("the studio can be reached from other machines; whoever has this address can read and write the workspace")
    say("press Ctrl-C to stop it")
    if browser:
        import webbrowser

        webbrowser.open(address)
    uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; raises OSError where the address or the port cannot be had."""
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(where)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
