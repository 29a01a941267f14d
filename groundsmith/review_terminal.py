"""A review in the terminal: a row with its evidence, one key a decision; lines of text where there is no terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from groundsmith.highlight import segments
from groundsmith.reviews import REASONS, Offer, Progress, ReviewQueue
from knowledge.errors import ConflictError, GroundsmithError, UsageError

if TYPE_CHECKING:
    from groundsmith.row import DatasetRow, RowEvidence

KEYS = "a accept   e edit   r reject   s skip   u undo   ? help   q quit"
HELP = (
    "a  the evidence says all that the answer says\n"
    "e  nearly right: write question and answer as they should be; they are judged again\n"
    "r  reject, with a reason\n"
    "s  pass over it; it comes again at the end\n"
    "u  take back your latest decision\n"
    "q  stop; everything decided is kept"
)
MARKS = ("«", "»")
_MARKUP = "\x1b[7m", "\x1b[0m"


class Screen(Protocol):
    """What a review is shown on and answered from."""

    def show(self, text: str) -> None:
        """Show lines of text."""

    def key(self) -> str:
        """Return the next key; empty when nothing more will come."""

    def ask(self, prompt: str, text: str = "") -> str:
        """Return a line, `text` as it was left."""

    @property
    def marks(self) -> tuple[str, str]:
        """What goes before and after the words that decided."""
        ...


class Terminal:
    """A terminal that gives keys as they are pressed."""

    marks = _MARKUP

    def show(self, text: str) -> None:
        """Write lines."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def key(self) -> str:
        """Return the key pressed; end of file and Ctrl-D are nothing."""
        import termios
        import tty

        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor)
            key = sys.stdin.read(1)
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        return "" if key == "\x04" else key.lower()

    def ask(self, prompt: str, text: str = "") -> str:
        """Return a line that begins as `text` and may be changed."""
        with _prefilled(text):
            return input(prompt)


class Lines:
    """Standard input and output without a terminal: one command a line, as in `r wrong` or `e The new answer.`."""

    marks = MARKS

    def __init__(self) -> None:
        self._rest = ""

    def show(self, text: str) -> None:
        """Write lines."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def key(self) -> str:
        """Return the first letter of the next line that has one; what follows answers the next question."""
        for line in sys.stdin:
            if line.strip():
                word, _, self._rest = line.strip().partition(" ")
                return word[:1].lower()
        return ""

    def ask(self, prompt: str, text: str = "") -> str:
        """Return what followed the key, once; after that `text`."""
        found, self._rest = self._rest.strip(), ""
        return found or text


@contextmanager
def _prefilled(text: str) -> Iterator[None]:
    try:
        import readline
    except ImportError:
        yield
        return
    readline.set_startup_hook(lambda: readline.insert_text(text))
    try:
        yield
    finally:
        readline.set_startup_hook(None)


def screen() -> Screen:
    """Return the terminal, or lines where either side is none."""
    return Terminal() if sys.stdin.isatty() and sys.stdout.isatty() else Lines()


def review(queue: ReviewQueue, shown: Screen, *, clock: Callable[[], float] = time.monotonic) -> Progress:
    """Show row after row until all that are wanted are decided or the person stops; return how far it is."""
    while (offer := queue.next()) is not None:
        shown.show(page(offer, queue.progress(), marks=shown.marks))
        if not _decided(queue, offer, shown, clock):
            break
    return queue.progress()


def _decided(queue: ReviewQueue, offer: Offer, shown: Screen, clock: Callable[[], float]) -> bool:
    """Take keys until there is another row to show; False to stop."""
    started = clock()
    while True:
        key = shown.key()
        if key in ("", "q"):
            return False
        if key in ("?", "h"):
            shown.show(HELP)
            continue
        try:
            if _done(queue, offer, key, shown, lambda: clock() - started):
                return True
        except ConflictError as error:
            shown.show(f"not written: {error}")
            return True
        except GroundsmithError as error:
            shown.show(f"{error}")
        if key not in "aersun":
            shown.show(f"{key!r} is no key here. {KEYS}")


def _done(queue: ReviewQueue, offer: Offer, key: str, shown: Screen, seconds: Callable[[], float]) -> bool:
    """Do what a key asks; whether to go on to the next row."""
    given = {"seen_version": offer.version, "why": offer.why}
    if key == "a":
        queue.decide(offer.id, "accept", seconds=seconds(), **given)  # type: ignore[arg-type]
    elif key == "r":
        reason = _reason(shown)
        queue.decide(offer.id, "reject", reason=reason, seconds=seconds(), **given)  # type: ignore[arg-type]
    elif key == "e":
        _edit(queue, offer, shown, seconds)
    elif key in ("s", "n"):
        queue.skip(offer.id, seconds=seconds())
    elif key == "u":
        return _undone(queue, shown)
    return key in "aersn"


def _edit(queue: ReviewQueue, offer: Offer, shown: Screen, seconds: Callable[[], float]) -> None:
    row = offer.row
    answer = shown.ask("answer: ", row.answer)
    question = shown.ask("question: ", row.question)
    if (question.strip(), answer.strip()) == (row.question.strip(), row.answer.strip()):
        raise UsageError("nothing was changed; change the question or the answer, or accept")
    made = queue.decide(
        offer.id,
        "edit",
        question=question,
        answer=answer,
        reason=shown.ask("why (may be left empty): "),
        seconds=seconds(),
        seen_version=offer.version,
        why=offer.why,
    )
    if made.edited is not None and not queue.blind:
        shown.show(f"edited; the judge says: {made.edited.verdict}")


def _reason(shown: Screen) -> str:
    words = list(REASONS)
    shown.show("\n".join(f"  {number} {word}: {REASONS[word]}" for number, word in enumerate(words, 1)))
    said = shown.ask("why (number or words): ").strip()
    return words[int(said) - 1] if said.isdigit() and 0 < int(said) <= len(words) else said


def _undone(queue: ReviewQueue, shown: Screen) -> bool:
    found = queue.undo()
    if found is None:
        shown.show("nothing of yours to take back")
        return False
    shown.show(f"taken back: {found.kind} of {found.row}")
    return True


def page(offer: Offer, progress: Progress, *, marks: tuple[str, str]) -> str:
    """Return what a reviewer sees of a row: how far the review is, question, answer, claims and evidence."""
    row = offer.row
    head = (
        f"── {progress.done + 1} of {progress.wanted} · about {progress.minutes_left:.0f} min left "
        f"({progress.seconds_a_row:.0f} s a row, {progress.pace_from}) · {offer.id}"
    )
    question, answer = printable(row.question) or "(a statement)", printable(row.answer)
    said = [head, "", f"Question  {question}", f"Answer    {answer}", ""]
    if not progress.blind:
        said += [*_claims(row), ""]
    if offer.decision is not None:
        made = offer.decision
        said += [printable(f"Decided by {made.reviewer}: {made.kind} {made.reason}".rstrip()), ""]
    for each in row.evidence:
        said += [_place(each), _marked(each, row, marks), ""]
    if not row.evidence:
        said += ["No evidence was found.", ""]
    return "\n".join([*said, KEYS])


def _claims(row: DatasetRow) -> list[str]:
    confidence = "" if row.confidence is None else f", confidence {row.confidence:.2f}"
    said = [f"Judge     {row.verdict}{confidence}"]
    for number, claim in enumerate(row.claims, 1):
        said.append(printable(f"  {number}. {claim.verdict}: {claim.text}"))
        said += [printable(f"     {finding.rule}: {finding.detail}") for finding in claim.rules if finding.conflict]
    return said


def _place(evidence: RowEvidence) -> str:
    page_number = f", page {evidence.page}" if evidence.page else ""
    headings = f" · {' › '.join(evidence.headings)}" if evidence.headings else ""
    return printable(f"Evidence  {evidence.title or evidence.source}{page_number}{headings}")


def _marked(evidence: RowEvidence, row: DatasetRow, marks: tuple[str, str]) -> str:
    """The evidence with the words that decided marked; control characters of documents never reach the terminal."""
    pieces = segments(evidence.text, evidence.id, row.claims)
    before, after = marks
    return "".join(
        f"{before}{printable(each.text)}{after}" if each.claims else printable(each.text) for each in pieces
    ).strip()


def printable(text: str) -> str:
    """Return a text without control characters other than line ends, so that no document steers a terminal."""
    return "".join(letter for letter in text if letter == "\n" or letter.isprintable())
