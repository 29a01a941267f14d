"""What a run cost, in the report: calls, tokens, money and time, in all and for each row that passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from groundsmith.panel import Panel, Table, cells

if TYPE_CHECKING:
    from groundsmith.workspace import Workspace


def cost_panel(workspace: Workspace, run: str, *, rows: int) -> Panel:
    """Return what a run of `rows` rows used; a price that is not known is said to be, never guessed."""
    spent = workspace.runs.spending(run)
    title, lead = "Cost", "What the run used of the model, in all and for each row that passed."
    if spent is None:
        return Panel(name="cost", title=title, lead=lead, text="What the run used is not on record.")

    def each(value: float | None, digits: int = 1) -> str | None:
        return None if value is None or not rows else f"{value / rows:,.{digits}f}"

    money = "price not known" if spent.money is None else f"{spent.money:,.2f}"
    figures = (
        cells("model calls", spent.calls, each(spent.calls)),
        cells("answered from the record", spent.cached, each(spent.cached)),
        cells("input tokens", spent.input_tokens, each(spent.input_tokens, 0)),
        cells("output tokens", spent.output_tokens, each(spent.output_tokens, 0)),
        cells("money, in the price table's currency", money, each(spent.money, 4)),
    )
    table = Table(
        caption="What the run used",
        columns=("Measure", "In all", "A row"),
        rows=figures,
        right=(1, 2),
        command=f"groundsmith runs show {run}",
        note="A model on this machine has no price: money is 0." if spent.money == 0 else "",
    )
    return Panel(name="cost", title=title, lead=lead, tables=(table,))
