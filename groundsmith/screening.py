"""What no row may give away: the settings of the privacy section as a check that refuses rows with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowledge.errors import SettingsError
from verify.verbatim import Known, holds

if TYPE_CHECKING:
    from groundsmith.sections import PrivacySection
    from verify.offence import ContentFilter
    from verify.personal import Detector


@dataclass(frozen=True, kw_only=True, slots=True)
class Screen:
    """Refuses texts. `any_personal` refuses what the evidence holds too; `name` tells what is screened, empty for nothing."""

    detector: Detector | None = None
    any_personal: bool = False
    sensitive: Sequence[tuple[str, Known]] = ()
    canaries: Sequence[str] = ()
    content: ContentFilter | None = None
    name: str = ""

    def refusal(self, text: str, evidence: str) -> str:
        """Return why a row with this text must not be kept, given what it rests on; empty when it may. No datum is repeated."""
        for file, known in self.sensitive:
            if runs := known.runs(text):
                return f"sensitive: it holds {max(run.words for run in runs)} words of {file} in one piece"
        if any(holds(text, canary) for canary in self.canaries):
            return "canary: it holds a string that was planted in a document"
        if self.detector is not None:
            found = self.detector.find(text)
            kinds = dict.fromkeys(str(each.kind) for each in found if self.any_personal or each.text not in evidence)
            if kinds:
                return f"personal data: {', '.join(kinds)}"
        if self.content is not None and (reasons := self.content.offends(text)):
            return f"content: {reasons}"
        return ""


def screen(settings: PrivacySection, *, root: Path, model: str | None = None) -> Screen:
    """Return the screen that the settings ask for; `root` is the folder their paths are relative to, `model` the spaCy pipeline.

    Raises SettingsError for an unknown kind, UsageError for a sensitive file that is not there.
    """
    from groundsmith.evaluation.sources import named, sensitive_files
    from verify.offence import ContentFilter

    files = named(sensitive_files(root, settings.sensitive or ()), option="privacy.sensitive")
    content = ContentFilter(words=settings.content_words or (), threshold=settings.content_threshold)
    return Screen(
        detector=detector(settings, model=model) if settings.personal != "off" else None,
        any_personal=settings.personal == "any",
        sensitive=tuple((name, Known([text], run=settings.overlap)) for name, text in files),
        canaries=tuple(settings.canaries or ()),
        content=content if settings.content == "reject" else None,
        name=_name(settings, files),
    )


def probing_screen(
    settings: PrivacySection, *, sensitive: Sequence[tuple[str, str]], canaries: Sequence[str], model: str | None = None
) -> Screen:
    """Return the screen for a model's replies: everything that the settings can refuse, whatever they do refuse in rows."""
    from verify.offence import ContentFilter

    return Screen(
        detector=detector(settings, model=model),
        sensitive=tuple((name, Known([text], run=settings.overlap)) for name, text in sensitive),
        canaries=tuple(canaries),
        content=ContentFilter(words=settings.content_words or (), threshold=settings.content_threshold),
        name="probe",
    )


def _name(settings: PrivacySection, files: Sequence[tuple[str, str]]) -> str:
    """What identifies a screen: settings that differ from their defaults, and the sensitive files by what they hold."""
    from groundsmith.record import encode
    from groundsmith.sections import PrivacySection
    from knowledge.identity import digest
    from verify.personal import PERSONAL_VERSION

    chosen, default = encode(settings), encode(PrivacySection())
    active = settings.personal != "off" or settings.content != "off" or settings.sensitive or settings.canaries
    if not active or chosen == default:
        return ""
    return f"screen-{digest([chosen, [text for _, text in files], PERSONAL_VERSION])[:12]}"


def detector(settings: PrivacySection, *, model: str | None = None) -> Detector:
    """Return the detector of personal data that the settings name; raises SettingsError for a kind that there is not."""
    from importlib.util import find_spec

    from verify.person import spacy_people
    from verify.personal import Kind, Recognisers

    known = [str(kind) for kind in Kind]
    for name in settings.kinds or ():
        if name not in known:
            raise SettingsError(f"privacy.kinds: {name!r} is not known; known are {', '.join(known)}")
    kinds = [Kind(name) for name in settings.kinds] if settings.kinds else None
    own = Recognisers(kinds=kinds, recognise=spacy_people(model) if model else None)
    wanted = settings.detector == "presidio" or (
        settings.detector == "auto" and find_spec("presidio_analyzer") is not None
    )
    if not wanted:
        return own
    from verify.personal_presidio import PresidioDetector

    return PresidioDetector(own, kinds=kinds, model=model)
