"""Commands on single documents: changes between versions, cross-references."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from groundsmith.commands.options import JsonOption, SetOption, WorkspaceOption, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowledge.library import Library

_Document = Annotated[str, typer.Argument(help="Id, source, end of the source, or a pattern that one document fits.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(epilog="Example: groundsmith changes income-limits.md --from 1 --to 2")(changes)
    app.command(epilog="Example: groundsmith references income-limits.md --lost")(references)


def changes(
    document: _Document,
    first: Annotated[
        int | None, typer.Option("--from", help="The older version; default: the last with another text.", min=1)
    ] = None,
    last: Annotated[int | None, typer.Option("--to", help="The newer version; default: the newest.", min=1)] = None,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what changed between two versions of a document: passages added, removed and altered, word by word.

    Passages that only moved under other headings are counted, and listed with --json.
    """
    from groundsmith.render import out, out_json, say
    from groundsmith.revision import as_text, revision
    from knowledge.change import ChangeKind

    with opened(workspace, overrides) as place:
        found = revision(place.library, document, first=first, last=last)
    if as_json:
        out_json(found.as_record())
        return
    say(f"{found.entry.source}: version {found.first} to version {found.last}")
    for change in found.changes:
        if change.kind != ChangeKind.MOVED:
            out(as_text(change))
    out(", ".join(f"{count} {kind}" for kind, count in found.counts.items() if count) or "no words changed")


def references(
    document: Annotated[
        str | None, typer.Argument(help="Id, source, end of the source, or a pattern; default: all documents.")
    ] = None,
    lost: Annotated[
        bool, typer.Option("--lost", help="Show the links that lead to no passage of the library, and why.")
    ] = False,
    workspace: WorkspaceOption = None,
    overrides: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show which passages refer to which: "section 5.1.2", "Rule 3.4(b)", "§ 16-1005", "Table 3-1", and links.

    References that lead to no passage of the library are left out; --lost shows the links among them.
    """
    from groundsmith.render import out, out_json
    from groundsmith.revision import chosen
    from knowledge.resolve import resolve

    with opened(workspace, overrides) as place:
        library = place.library
        wanted = None if document is None else [chosen(library, document).id]
        if lost:
            _show_lost(library, wanted, as_json=as_json)
            return
        found = list(resolve(library, wanted))
        passages = library.passages_by_id([id_ for each in found for id_ in (each.source_id, each.target_id)])
    if as_json:
        out_json([asdict(each) for each in found])
        return
    for each in found:
        here, there = passages[each.source_id], passages[each.target_id]
        where = " > ".join(dict.fromkeys((there.title, *there.headings)))
        about = "" if each.exact else " (the section; the paragraph was not found)"
        out(f'{here.source} {here.id}  "{each.reference.text}"\n        {there.source} {there.id}  {where}{about}\n')
    if not found:
        out("no references that lead anywhere")


def _show_lost(library: Library, documents: Sequence[str] | None, *, as_json: bool) -> None:
    """Show the links of these documents, or of all, that lead to no passage."""
    from groundsmith.render import out, out_json
    from knowledge.resolve import Resolver

    found = list(Resolver(library).lost(documents))
    if as_json:
        out_json([asdict(each) for each in found])
        return
    sources = {id_: passage.source for id_, passage in library.passages_by_id([x.source_id for x in found]).items()}
    for each in found:
        where = f"{sources[each.source_id]} {each.source_id}"
        out(f'{where}  "{each.reference.text}"\n        {each.reference.link}: {each.reason}\n')
    outside = sum(each.outside for each in found)
    out(f"{len(found)} links lead to no passage here, {outside} of them to other sites" if found else "no lost links")
