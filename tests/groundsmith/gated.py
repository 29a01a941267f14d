"""A reader for `library.readers` that stops before a file until it is let on, so that a test can act while an ingest is under way."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path

GATE = "Nobody may pass before the gate is open."
REACHED, OPEN = Path("reached"), Path("open")
"""Files of the working folder: the first says that the gate is reached, the second opens it."""


@dataclass
class Part:
    """A text as llama-index hands it over."""

    text: str
    metadata: dict[str, str] = field(default_factory=dict)

    def get_content(self, metadata_mode: str) -> str:
        return self.text


class Reader:
    """Reads text; one that names the gate when the gate is open."""

    def load_data(self, file: Path) -> list[Part]:
        text = file.read_text(encoding="utf-8")
        if GATE in text:
            REACHED.touch()
            while not OPEN.exists():
                time.sleep(0.01)
        return [Part(text)]
