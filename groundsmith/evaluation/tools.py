"""What an evaluation works with, made from settings: the detector, the content filter, and a judge of swapped groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from groundsmith.evaluation import AREAS, Tools

if TYPE_CHECKING:
    from groundsmith.evaluation.fairness import Support
    from groundsmith.evaluation.privacy import Against
    from groundsmith.settings import Settings
    from knowledge.embed import Embedder


def tools_of(settings: Settings, embedder: Embedder, against: Against | None, *, areas: Sequence[str] = AREAS) -> Tools:
    """Return the tools for some areas; without `against` nothing is compared with documents."""
    from groundsmith.screening import detector
    from verify.offence import ContentFilter

    privacy = settings.privacy
    return Tools(
        embedder=embedder,
        reference=[text for text, _ in against.passages] if against else [],
        detector=detector(privacy, model=settings.graph.spacy_model),
        against=against,
        support=_support(settings) if "bias" in areas else None,
        content=ContentFilter(words=privacy.content_words or (), threshold=privacy.content_threshold),
        run=privacy.overlap,
        only=areas,
    )


def _support(settings: Settings) -> Support:
    from groundsmith.models import entailment_model

    model = entailment_model(settings)
    return lambda pairs: [score.entailment for score in model.entail(list(pairs))]
