"""`PriceTable`: what models cost, from a YAML file that the user keeps. A model that is not in it has no known price.

```yaml
currency: USD
models:
  gpt-4o-mini: {input: 0.15, output: 0.60}
  "qwen2.5-*": {input: 0, output: 0}
```

Prices are for a million tokens. `batch_input` and `batch_output` hold for the batch API. A name may have `*`; the longest pattern that fits
wins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from generate.model import Price
from knowledge.errors import SettingsError

_FIELDS = ("input", "output", "batch_input", "batch_output")


@dataclass(frozen=True, kw_only=True, slots=True)
class PriceTable:
    """Prices by model name or pattern; `currency` is a word for people."""

    prices: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    currency: str = ""

    @classmethod
    def read(cls, path: Path) -> PriceTable:
        """Read a table; raises SettingsError naming file, entry and remedy."""
        import yaml

        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise SettingsError(f"{path}: the prices cannot be read ({' '.join(str(error).split())[:200]})") from error
        if not isinstance(data, Mapping) or not isinstance(data.get("models"), Mapping):
            raise SettingsError(f"{path}: a price table has models: and under it, for each model, input and output")
        prices = {str(name): _checked(path, str(name), entry) for name, entry in data["models"].items()}
        return cls(prices=prices, currency=str(data.get("currency", "")))

    def price(self, model: str, *, batch: bool = False) -> Price | None:
        """Return a model's price; None when the table does not tell it."""
        fitting = [name for name in self.prices if name == model or fnmatchcase(model, name)]
        if not fitting:
            return None
        entry = self.prices[max(fitting, key=lambda name: (name == model, len(name)))]
        if batch and "batch_input" in entry and "batch_output" in entry:
            return Price(input=entry["batch_input"], output=entry["batch_output"])
        return Price(input=entry["input"], output=entry["output"])


def _checked(path: Path, name: str, entry: Any) -> Mapping[str, float]:  # noqa: ANN401 - whatever the file holds
    if not isinstance(entry, Mapping) or not {"input", "output"} <= set(entry):
        raise SettingsError(f'{path}: "{name}" needs input and output, the money for a million tokens')
    for key, value in entry.items():
        if key not in _FIELDS:
            raise SettingsError(f'{path}: "{name}" has an unknown key "{key}"; known: {", ".join(_FIELDS)}')
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise SettingsError(f'{path}: "{name}": {key} is {value!r}; it must be a number, 0 or more')
    return {str(key): float(value) for key, value in entry.items()}
