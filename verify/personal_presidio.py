"""The pattern recognisers of Microsoft Presidio beside our own: identity numbers of many countries. Needs the privacy extra.

Left out are those that would ask the network for a list of domains (e-mail, web addresses), and Presidio's own reading of names, which
takes every entity of the recogniser for a person: on policy text that is wrong more often than right.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING, Final

from knowledge.errors import MissingModel
from verify.personal import Detector, Personal, settled
from verify.personal_forms import Kind

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

LEAST: Final = 0.5
"""Score from which a finding counts; Presidio raises the score of what stands near a word that speaks for it."""
_CALLING: Final = frozenset(("EmailRecognizer", "UrlRecognizer", "SpacyRecognizer", "DateRecognizer"))
_KINDS: Final = {
    "PHONE_NUMBER": Kind.PHONE,
    "CREDIT_CARD": Kind.CARD,
    "IBAN_CODE": Kind.BANK,
    "US_BANK_NUMBER": Kind.BANK,
    "ABA_ROUTING_NUMBER": Kind.BANK,
    "MAC_ADDRESS": Kind.NETWORK,
    "CRYPTO": Kind.WALLET,
    "US_PASSPORT": Kind.PASSPORT,
    "UK_PASSPORT": Kind.PASSPORT,
    "UK_DRIVING_LICENCE": Kind.LICENCE,
    "MEDICAL_LICENSE": Kind.HEALTH,
    "UK_NHS": Kind.HEALTH,
    "US_MBI": Kind.HEALTH,
    "US_SSN": Kind.NATIONAL,
    "US_ITIN": Kind.NATIONAL,
    "UK_NINO": Kind.NATIONAL,
    "AU_TFN": Kind.NATIONAL,
    "AU_MEDICARE": Kind.HEALTH,
    "IN_PAN": Kind.NATIONAL,
    "IN_AADHAAR": Kind.NATIONAL,
    "SG_NRIC_FIN": Kind.NATIONAL,
    "FI_PERSONAL_IDENTITY_CODE": Kind.NATIONAL,
    "IT_FISCAL_CODE": Kind.NATIONAL,
    "ES_NIF": Kind.NATIONAL,
    "ES_NIE": Kind.NATIONAL,
    "PL_PESEL": Kind.NATIONAL,
    "KR_RRN": Kind.NATIONAL,
}
"""Presidio's kinds that are taken over. Its IP addresses are not: it reads section "5.1.2.3" as one; nor are
driving licences, which it sees without a word near."""
_FOREIGN: Final = (
    *(
        "AuTfnRecognizer",
        "AuMedicareRecognizer",
        "InPanRecognizer",
        "InAadhaarRecognizer",
        "SgFinRecognizer",
        "KrRrnRecognizer",
    ),
    *(
        "FiPersonalIdentityCodeRecognizer",
        "ItFiscalCodeRecognizer",
        "EsNifRecognizer",
        "EsNieRecognizer",
        "PlPeselRecognizer",
    ),
)
"""Recognisers of other countries, which Presidio leaves out of English text."""


class PresidioDetector:
    """Another detector's findings, and those of Presidio's recognisers for English text."""

    def __init__(self, base: Detector, *, kinds: Collection[Kind] | None = None, model: str | None = None) -> None:
        self._base = base
        self._entities = [name for name, kind in _KINDS.items() if kinds is None or kind in kinds]
        self._model = model

    @property
    def name(self) -> str:
        """Both detectors with their versions."""
        from importlib.metadata import version

        return f"{self._base.name}+presidio-{version('presidio-analyzer')}"

    @cached_property
    def _engine(self) -> AnalyzerEngine:
        from presidio_analyzer import predefined_recognizers as known

        found = engine(model=self._model, without=_CALLING)
        for name in _FOREIGN:
            found.registry.add_recognizer(getattr(known, name)(supported_language="en"))
        return found

    def find(self, text: str) -> list[Personal]:
        """Return the personal data in a text, in order, without overlaps."""
        own = self._base.find(text)
        if not self._entities:
            return own
        found = self._engine.analyze(text, language="en", entities=self._entities, score_threshold=LEAST)
        more = [
            Personal(
                kind=_KINDS[each.entity_type],
                start=each.start,
                end=each.end,
                text=text[each.start : each.end],
                by="presidio",
            )
            for each in found
            if all(each.end <= mine.start or mine.end <= each.start for mine in own)
        ]
        return settled([*own, *more])


def engine(*, model: str | None = None, without: frozenset[str] = frozenset()) -> AnalyzerEngine:
    """Return Presidio's analyser with our spaCy pipeline and its recognisers for English, less those named in `without`.

    Raises MissingModel when the privacy extra is not installed.
    """
    try:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NlpEngineProvider
    except ImportError as error:
        raise MissingModel("presidio-analyzer is not installed; pip install 'groundsmith[privacy]'") from error
    from graph.extract import spacy_package

    models = [{"lang_code": "en", "model_name": spacy_package(model)}]
    nlp = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models}).create_engine()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    registry.recognizers = [each for each in registry.recognizers if type(each).__name__ not in without]
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
