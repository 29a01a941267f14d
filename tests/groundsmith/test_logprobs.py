"""Log-probabilities from an endpoint to the row, and from the row to the filter of `groundsmith curate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from scripted_endpoint import endpoint
from terminal import cli

from knowledge.identity import digest


def sureness(reply: str) -> float:
    """Some replies are sure, some are not."""
    return -0.1 if int(digest(reply), 16) % 2 else -3.0


@pytest.mark.model
def test_unsure_rows_are_rejected_by_the_probability_the_endpoint_gave_them(place: Path) -> None:
    with endpoint(logprob=sureness) as address:
        settings = {
            "model.base_url": address,
            "model.name": "scripted",
            "model.logprobs": "true",
            "generation.strategy": "single",
            "verification.relevance": "false",
            "verification.passages": "1",
        }
        flags = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        cli("generate", "-n", "6", *flags, here=place)
    cli("export", "-o", "rows.jsonl", here=place)
    rows = [json.loads(line) for line in (place / "rows.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["mean_logprob"] for row in rows} == {-0.1, -3.0}
    told = cli("curate", "rows.jsonl", "-o", "kept.jsonl", "--filters", "--rule", "probability: 0.5..", here=place)
    assert told.code == 0, told.stderr
    kept = [json.loads(line) for line in (place / "kept.jsonl").read_text(encoding="utf-8").splitlines()]
    assert {row["mean_logprob"] for row in kept} == {-0.1}
    assert len(kept) <= sum(row["mean_logprob"] == -0.1 for row in rows)
