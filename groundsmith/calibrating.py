"""Calibration of a workspace's judge: fitted on rows that people labelled, kept in the workspace, used from then on.

`calibrate_file` reads and judges labelled rows and fits; `Store` keeps what was fitted in one JSON file; `in_force`
returns it when the judge is still the one it was made with; `CalibratedVerifier` reports with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundsmith.atomic import write_text
from groundsmith.labelling import Columns, LabelledRows, judged_rows, recorded_rows
from groundsmith.learning import learn
from groundsmith.record import decode, encode
from groundsmith.runs import now
from knowledge.errors import RowError, UsageError
from knowledge.identity import identify
from verify.calibration import (
    Bin,
    Calibration,
    Labelled,
    Point,
    expected_calibration_error,
    fit,
    precision_recall,
    reliability,
    support_score,
)
from verify.probability import Combination, shipped
from verify.risk import Guarantee, certify, upper_bound
from verify.verdict import Label, Thresholds
from verify.verifier import VERIFIER_VERSION, Item, Result, Verifier

if TYPE_CHECKING:
    from groundsmith.render import Ticker
    from groundsmith.workspace import Workspace

FORMAT = 1
FILE = "calibration.json"
UNREACHED = 2.0
"""A support threshold above every score: all passages are then read together that would be at any threshold."""
LEAST = 20
"""Labelled rows below which nothing is fitted."""
MOST_POINTS = 200
MOST_CLASSES = 50


_NAMES = {"model": "entailment model", "verifier": "verifier version", "evidence": "evidence from"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Judge:
    """What a score depends on: the entailment model, the verifier's version, and the settings of verification.

    `evidence` is "library" when passages are retrieved, "cited" when only those a row names are read.
    """

    model: str
    verifier: int
    rules: bool
    passages: int
    contradiction: float
    evidence: str = "library"

    @classmethod
    def of(cls, workspace: Workspace, model: str, *, cited_only: bool = False) -> Judge:
        """Return the judge that the workspace's settings ask for, with the entailment model of this name."""
        wanted = workspace.settings.verification
        limit = Thresholds().contradiction if wanted.contradiction is None else wanted.contradiction
        return cls(
            model=model,
            verifier=VERIFIER_VERSION,
            rules=wanted.rules,
            passages=wanted.passages,
            contradiction=limit,
            evidence="cited" if cited_only else "library",
        )

    def changed(self, other: Judge) -> str:
        """Return the first thing in which `other` differs, as a phrase; empty when nothing does."""
        for name in ("model", "verifier", "rules", "passages", "contradiction", "evidence"):
            before, after = getattr(self, name), getattr(other, name)
            if before != after:
                what = _NAMES.get(name, f"verification.{name}")
                return f"it was made with {what} {before}, now it is {after}"
        return ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledData:
    """Where the labels came from: the file's name and digest, and how many rows were labelled, and right."""

    name: str
    digest: str
    rows: int
    right: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassFigures:
    """One document class: labelled rows, the right ones, those passed where the guarantee counts, the wrong ones among them.

    `bound` is the upper bound of the error among passed rows of this class alone, `missing` how many more labels of it
    would certify a threshold for it (0 when there is one, null when none is in sight); `calibration_error` may be null.
    """

    name: str
    rows: int
    right: int
    passed: int
    wrong: int
    bound: float
    missing: int | None
    calibration_error: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fitted:
    """A calibration with all that is needed to use it and to know where it came from; shares and scores 0 to 1.

    `bins`, `calibration_error` and the classes' errors are of probabilities given by fits that did not see the row.
    `combination` holds the judge's weights where they were learned too, from `learned_from` rows that nothing else was fitted on.
    """

    format: int
    created: str
    data: LabelledData
    judge: Judge
    calibration: Calibration
    guarantee: Guarantee
    calibration_error: float
    bins: tuple[Bin, ...]
    curve: tuple[Point, ...]
    classes: tuple[ClassFigures, ...] = ()
    combination: Combination | None = None
    learned_from: int = 0

    @property
    def id(self) -> str:
        """What identifies its effect: data, judge, levels, and weights."""
        levels = [self.guarantee.error, self.guarantee.confidence]
        return identify("cal", [self.data.digest, encode(self.judge), *levels, encode(self.combination)])


class Store:
    """A calibration, one JSON file that is written whole or not at all: that of a workspace's state folder, or one by itself."""

    def __init__(self, state: Path, *, name: str = FILE) -> None:
        self.path = state / name

    @classmethod
    def at(cls, place: Path) -> Store:
        """Return the calibration at a path: the file itself, or that of the workspace whose folder it is; raises UsageError without."""
        from groundsmith.workspace import STATE

        found = next((each for each in (place, place / FILE, place / STATE / FILE) if each.is_file()), None)
        if found is None:
            raise UsageError(
                f"{place}: no calibration is there; name a file that `groundsmith calibrate --output` wrote, or a workspace"
            )
        return cls(found.parent, name=found.name)

    def write(self, fitted: Fitted) -> None:
        """Put `fitted` in the place of what was there."""
        write_text(self.path, json.dumps(encode(fitted), ensure_ascii=False, indent=1) + "\n")

    def read(self) -> Fitted | None:
        """Return what is there, or None; raises RowError when it cannot be read or has a newer format."""
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (ValueError, OSError, RecursionError) as error:
            raise RowError(f"{self.path}: cannot be read ({error})") from error
        if isinstance(data, dict) and data.get("format") != FORMAT:
            raise RowError(f"{self.path}: has format {data.get('format')!r}, and {FORMAT} is known")
        return decode(Fitted, data, where=str(self.path))


def in_force(workspace: Workspace, model: str, *, cited_only: bool = False) -> Fitted | None:
    """Return the calibration that the settings name, if the judge allows its use; say why when it does not.

    One named by its path must fit: raises UsageError where it does not, since a threshold that somebody counts on would be missing.
    """
    from groundsmith.render import say

    wanted = workspace.settings.verification.calibration
    if wanted == "off":
        return None
    named = wanted != "auto"
    store = Store.at(Path(wanted)) if named else Store(workspace.state)
    try:
        fitted = store.read()
        changed = fitted.judge.changed(Judge.of(workspace, model, cited_only=cited_only)) if fitted else ""
    except RowError as error:
        fitted, changed = None, str(error)
    if changed and named:
        raise UsageError(f"{store.path}: the calibration does not fit: {changed}; fit one with the judge as it is now")
    if changed:
        when = f" of {fitted.created[:10]}" if fitted else ""
        remedy = "run `groundsmith calibrate FILE` again, or set verification.calibration to off"
        say(f"warning: the calibration{when} is not used: {changed}; {remedy}")
        return None
    return fitted


class CalibratedVerifier(Verifier):
    """A verifier whose confidence is the calibrated probability that the answer is right, or, where it is not supported, wrong."""

    fitted: Fitted | None = None

    def calibrate(self, workspace: Workspace, *, cited_only: bool = False) -> None:
        """Take on the workspace's calibration, if it may be used, and its threshold, unless the settings give one."""
        self.fitted = in_force(workspace, self.read_by, cited_only=cited_only)
        threshold = self.fitted.guarantee.threshold if self.fitted else None
        if self.fitted and self.fitted.combination:
            self._estimate = self.fitted.combination
        if threshold is not None and workspace.settings.verification.threshold is None:
            self.thresholds = replace(self.thresholds, support=threshold)

    def verify(self, items: Iterable[Item]) -> Iterator[Result]:
        """Yield one Result an item, in order."""
        for result in super().verify(items):
            yield self._reported(result)

    def _reported(self, result: Result) -> Result:
        if self.fitted is None or result.confidence is None:
            return result
        right = self.fitted.calibration(support_score(result.verdicts, thresholds=self.thresholds))
        return replace(result, confidence=right if result.label is Label.SUPPORTED else 1.0 - right)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibrated:
    """What came of a calibration: `fitted` is None when it was stopped; `problems` are rows that could not be read.

    `unlabelled` and `unjudged` count the rows without a label, and those whose answer claims nothing.
    """

    fitted: Fitted | None = None
    problems: tuple[str, ...] = ()
    unlabelled: int = 0
    unjudged: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON data."""
        data: dict[str, Any] = encode(self)
        return data


def calibrate_file(
    workspace: Workspace,
    path: Path,
    *,
    error: float,
    confidence: float,
    columns: Columns,
    contexts: bool = True,
    recorded: bool = False,
    weights: bool = True,
    library: bool = True,
    output: Path | None = None,
    stop: Callable[[], bool],
    tick: Ticker,
    verifier: Verifier | None = None,
) -> Calibrated:
    """Fit a calibration on the labelled rows of a dataset and keep it in the workspace, or in `output` if that is given.

    Without `library` rows are judged by their own passages alone, as `verify --contexts-only` does.

    `recorded` takes the scores that stand in the file in place of judging. `weights` lets it learn the judge's weights from half
    of the rows, if there are enough and it helps; the other half then makes the promise. When `stop` says so, nothing is kept; judged
    pairs are cached, so that it goes on fast. Raises UsageError when the file is no dataset or holds fewer than
    LEAST labelled rows.
    """
    from groundsmith.assay import verifier_of

    judge = verifier or verifier_of(workspace, strict=False, cited_only=not library, calibrated=False)
    found = (
        recorded_rows(path, columns=columns, stop=stop, tick=tick)
        if recorded
        else _judged(workspace, path, judge, columns=columns, contexts=contexts, stop=stop, tick=tick)
    )
    done = Calibrated(problems=tuple(found.problems), unlabelled=found.unlabelled, unjudged=found.unjudged)
    if stop():
        return done
    if len(found.rows) < LEAST:
        raise UsageError(_too_few(path, found))
    learned = learn(found, shipped(judge.model.name), thresholds=judge.thresholds) if weights else None
    fitted = fitted_on(
        learned.rows if learned else found.rows,
        error=error,
        confidence=confidence,
        name=path.name,
        digest=digest_of(path),
        judge=Judge.of(workspace, judge.read_by, cited_only=not library),
    )
    if learned:
        fitted = replace(fitted, combination=learned.combination, learned_from=learned.learned_from)
    store = Store(output.parent, name=output.name) if output else Store(workspace.state)
    store.write(fitted)
    return replace(done, fitted=fitted)


def calibrate_reviews(workspace: Workspace, **options: Any) -> Calibrated:  # noqa: ANN401 - passed on
    """Fit a calibration on what people decided in reviews; `options` are those of `calibrate_file`.

    Raises UsageError when fewer than LEAST decisions tell about the judge.
    """
    from groundsmith.review_labels import labelled_reviews

    path = labelled_reviews(workspace)
    known = path.read_bytes().count(b"\n")
    if known < LEAST:
        raise UsageError(
            f"{workspace.root}: {known} reviewed rows tell about the judge, {LEAST} are needed; go on with `groundsmith "
            "review`, or name a file of labelled rows"
        )
    return calibrate_file(workspace, path, **options)


def _judged(workspace: Workspace, path: Path, judge: Verifier, **options: Any) -> LabelledRows:  # noqa: ANN401 - passed on
    judge.thresholds = replace(judge.thresholds, support=UNREACHED)
    return judged_rows(path, judge, library=workspace.library, **options)


def _too_few(path: Path, found: LabelledRows) -> str:
    first = f"; the first problem: {found.problems[0]}" if found.problems else ""
    return f"{path}: {len(found.rows)} labelled rows that can be judged, {LEAST} are needed; label more{first}"


def fitted_on(rows: list[Labelled], *, error: float, confidence: float, name: str, digest: str, judge: Judge) -> Fitted:
    """Return what is fitted on labelled rows; `rows` are not empty. Only rows that were drawn count for what is promised."""
    found = fit(rows)
    guarantee = certify([row for row in rows if row.drawn], error=error, confidence=confidence)
    bins = reliability(found.held_out, rows)
    curve = precision_recall(rows)
    every = max(1, -(-len(curve) // MOST_POINTS))
    return Fitted(
        format=FORMAT,
        created=now(),
        data=LabelledData(name=name, digest=digest, rows=len(rows), right=sum(row.right for row in rows)),
        judge=judge,
        calibration=found.calibration,
        guarantee=guarantee,
        calibration_error=expected_calibration_error(bins) or 0.0,
        bins=bins,
        curve=curve[::every],
        classes=_classes(rows, found.held_out, guarantee),
    )


def _classes(rows: list[Labelled], held_out: tuple[float, ...], guarantee: Guarantee) -> tuple[ClassFigures, ...]:
    """The figures of each class, the largest first; nothing when no row names one."""
    groups: dict[str, list[int]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(row.group, []).append(number)
    if set(groups) == {""}:
        return ()
    ordered = sorted(groups.items(), key=lambda each: (-len(each[1]), each[0]))[:MOST_CLASSES]
    return tuple(
        _figures(name or "(none)", [rows[n] for n in numbers], [held_out[n] for n in numbers], guarantee)
        for name, numbers in ordered
    )


def _figures(name: str, rows: list[Labelled], held_out: list[float], guarantee: Guarantee) -> ClassFigures:
    drawn = [row for row in rows if row.drawn]
    own = certify(drawn, error=guarantee.error, confidence=guarantee.confidence)
    passed = [row for row in drawn if row.score >= guarantee.at]
    wrong = sum(not row.right for row in passed)
    return ClassFigures(
        name=name,
        rows=len(rows),
        right=sum(row.right for row in rows),
        passed=len(passed),
        wrong=wrong,
        bound=upper_bound(wrong, len(passed), confidence=guarantee.confidence),
        missing=own.missing,
        calibration_error=expected_calibration_error(reliability(held_out, rows)),
    )


def digest_of(path: Path) -> str:
    """Return the first 16 hexadecimal digits of a file's BLAKE2b."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=8)).hexdigest()
