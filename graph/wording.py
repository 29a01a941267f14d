"""Closed lists of English words that decide what may be a concept."""

from __future__ import annotations

from typing import Final


def words_of(text: str) -> frozenset[str]:
    """Return the words of a list written as running text."""
    return frozenset(text.split())


DETERMINERS: Final = words_of(
    """a an the this that these those each every any all some no both either neither such another other same said
    my your his her its our their whose which what many much more most several few fewer less least certain various
    own only last next following above below
    aforementioned preceding foregoing respective given particular particularly specific"""
)

# Too general to ask a question about when they stand alone.
GENERIC: Final = words_of(
    """ability access account accordance act action activity addition adoption advance advantage aim amount analysis
    answer appendix application approach appropriate area article aspect attempt attention author background bar base
    basis beginning behalf behavior behaviour benefit body bottom box bullet capability case cause center centre chance
    change chapter character characteristic choice circumstance class clause code collection column combination
    comment common company comparison component concept concern conclusion condition consideration consequence
    context contrary contrast control copy correspond cost count country course criterion data date datum day decision
    default definition degree demand description design detail development device difference difficulty direction
    discussion division document e.g. edge effect effort element end entity entry environment error establishment event
    evidence example exception exercise existence experience experiment expression extent fact factor feature figure
    file finding footer footnote force form format framework full function functionality future general goal good
    ground group guidance guide guideline half hand head header heading help hour i.e. idea image impact implementation
    importance improvement individual information input instance instruction intent interest introduction issue item
    job kind knowledge lack language law level light limit limitation line link list location lot majority manner
    matter maximum mean meaning means measure mechanism member method minimum minute mode model moment month name nature
    necessity need note notice number object objective occasion occurrence office one operation option order
    organization organisation outcome output overview page paper paragraph part participant particular party past
    path pattern people
    percent percentage performance period permission person perspective phase phrase piece place plan point portion
    position possibility practice presence present principle problem procedure process product program programme
    progress project property proportion proposal provision public purpose quality quantity question range rate rating
    reader reason receipt recommendation record reduction reference regard region regulation relation relationship
    report request requirement research resource respect response responsibility rest result return review right risk
    role row rule sample scale schedule schema scheme scope section sense sentence sequence series service set setting
    shape side sign significance situation size solution sort source space stage standard start state statement step
    strategy string structure study subject subparagraph subsection summary support surface system table target task
    team technique technology term test text thing thought time title today tool top topic total total type unit usage
    use user utility value variable variety version view volume way week whole will word work worker world year
    january february march april may june july august september october november december monday tuesday wednesday
    thursday friday saturday sunday something anything nothing everything someone anyone everyone nobody anybody
    somebody everybody thing other others subchapter subtitle clause proviso
    yes no none not shall may must should can could would e.g i.e etc et al vs ie eg per via et. al."""
)

# Tagged as nouns or adjectives at times, and never part of a name.
NEVER: Final = words_of(
    """pursuant thereof therein thereto hereof herein hereby hereto thereunder hereunder et al etc eg ie vs via per
    notwithstanding provided regarding concerning including such said aforesaid and/or"""
)

# Headings that name a place in a document, not a subject.
GENERIC_HEADINGS: Final = words_of(
    """introduction overview background preface foreword abstract acknowledgement acknowledgment reference bibliography
    appendix annex index content contents glossary definition abbreviation acronym errata cover conclusion summary
    scope purpose general note miscellaneous section chapter part article schedule requirement document page untitled
    table figure example keyword audience history revision readme home faq introductory informative normative executive
    editorial of and the for to in this a an other additional further"""
)

# Modifiers that add nothing to a noun phrase; they are cut from its front.
WEAK_MODIFIERS: Final = words_of(
    """able additional adequate aforesaid alternative applicable appropriate available bad based basic best better big
    certain clear close common complete complex considered corresponding current describe described desired detailed
    different difficult due early easy effective efficient eligible entire equal equivalent essential exact existing
    extra far fewer final following former free frequent full further future general generic given good great greater
    high higher highest identical important included including increased individual initial interested intended
    involved key known large larger largest late later latest latter likely little long longer low lower lowest main
    major mentioned minor multiple necessary new novel numerous obtained old older one only original other overall
    particular past permitted possible potential present previous primary prior proper proposed provided real
    reasonable recent referred regular related relevant remaining required resulting same secondary separate serious
    several shown significant similar simple single small smaller specific specified strong subsequent successful
    sufficient suitable sure total true typical unable unique unlikely used useful usual usually valid various
    whole wide young"""
)

# Pairs of modifiers that must never be merged into one concept.
ANTONYMS: Final = (
    ("minimum", "maximum"),
    ("min", "max"),
    ("direct", "indirect"),
    ("initial", "final"),
    ("internal", "external"),
    ("public", "private"),
    ("symmetric", "asymmetric"),
    ("federal", "provincial"),
    ("federal", "state"),
    ("upper", "lower"),
    ("first", "last"),
    ("primary", "secondary"),
    ("online", "offline"),
    ("input", "output"),
    ("positive", "negative"),
    ("active", "passive"),
    ("mandatory", "optional"),
    ("permanent", "temporary"),
    ("national", "international"),
    ("short", "long"),
    ("before", "after"),
    ("debtor", "creditor"),
    ("employer", "employee"),
    ("lessor", "lessee"),
    ("landlord", "tenant"),
    ("buyer", "seller"),
)

NEGATIONS: Final = ("non", "un", "in", "im", "ir", "il", "dis", "anti", "de", "mis", "not", "no", "without", "ab", "a")
