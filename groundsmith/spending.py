"""What model calls may cost: the settings' ceilings and prices as a `Budget`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from knowledge.errors import SettingsError

if TYPE_CHECKING:
    from generate.budget import Budget
    from generate.model import Price
    from generate.price import PriceTable
    from groundsmith.settings import Settings
    from groundsmith.workspace import Workspace


def price_table(settings: Settings) -> PriceTable:
    """Return the price table that the settings name, an empty one when none is named."""
    from generate.price import PriceTable

    return PriceTable() if settings.model.prices is None else PriceTable.read(settings.model.prices)


def pricing(settings: Settings) -> Callable[[str], Price | None]:
    """Return a function that gives a model's price by name: that of the settings, of the table, or 0 for a local model.

    None where nothing tells it; it is never guessed.
    """
    from generate.model import Price
    from groundsmith.models import is_remote

    model, table, remote = settings.model, price_table(settings), is_remote(settings)
    own = None
    if model.input_price is not None or model.output_price is not None:
        own = Price(input=model.input_price or 0.0, output=model.output_price or 0.0)

    def price_of(name: str) -> Price | None:
        known = own or table.price(name, batch=model.batch)
        return Price() if known is None and not remote else known

    return price_of


def budget_for(workspace: Workspace, *, model: str) -> Budget:
    """Return what one command may use; raises SettingsError for a ceiling on money while the price of `model` is not known."""
    from generate.budget import Budget

    settings = workspace.settings
    wanted, price_of = settings.budget, pricing(settings)
    if wanted.money is not None and price_of(model) is None:
        raise SettingsError(
            f'budget.money is set, but the price of the model "{model}" is not known; '
            "set model.input_price and model.output_price, or name a price table in model.prices"
        )
    return Budget(
        calls=wanted.calls,
        tokens=wanted.tokens,
        money=wanted.money,
        seconds=wanted.seconds,
        price_of=price_of,
        longest=settings.model.max_tokens,
    )
