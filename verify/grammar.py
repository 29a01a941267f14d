"""Word lists and small rules of English clauses: auxiliaries, where a subject ends, how a verb is inflected.

No parser: each rule looks at a word and its neighbours, and says nothing where that is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _words(text: str) -> frozenset[str]:
    """Split a word list into a set."""
    return frozenset(text.split())


BE = _words("is are was were am")
HAVE = _words("has have had")
DO = _words("do does did")
MODAL = _words("can could may might must shall should will would")
AUX = BE | HAVE | DO | MODAL
DETERMINERS = _words("a an the my your our their his her its this that these those any each every all some no")
PRONOUNS = _words("i you he she it we they there anyone someone everyone nobody")
PREPOSITIONS = _words(
    "about above after against among as at before below between by during for from in into of on onto over per since through"
    " throughout to toward under until upon via with within without"
)
FOLLOWERS = PREPOSITIONS | _words("if when where while because unless once each every")
RELATIVES = _words("who which that whose whom where when if because unless while although what until once as")
ADJECTIVES = _words(
    "able allowed available due eligible entitled exempt free liable mandatory necessary optional possible prohibited required"
    " responsible subject true valid effective open closed confidential enough needed permitted legal illegal old long"
)
STRONG = _words(
    "accept achieve acquire add administer adopt affect agree allow appear apply appoint approve arrive ask assess attend"
    " become begin believe belong bring build buy calculate call choose collect come commence complete comply conduct consist"
    " contain continue contribute control create decide define deliver deny depend describe determine develop die disclose do"
    " earn elect enable end enforce ensure enter establish exceed expire explain expire fail find follow gain get give"
    " go govern grant happen have hire hold identify include increase inform inspect invent issue join keep know last lead"
    " learn leave live lose maintain make meet move notify obtain occur offer operate own pay perform prepare prevent produce"
    " prohibit protect provide publish receive reduce refuse relate rely remain remove renew replace require reside respond"
    " retain revoke satisfy say see seek sell send serve settle show sign speak spend start stay stop store submit suspend"
    " take teach tell terminate think track treat try turn undergo update verify violate visit want wear win write be"
    " allocate authorize cover employ exist file qualify register stand deduct carry reimburse supply display install evict"
    " evolve encourage attack fight destroy dislike subscribe like mention feel advise mean suggest reach pass propose earn entail"
    " trigger exclude forbid impose owe repay withhold accrue compute disqualify elapse expect recertify redetermine supervise"
    " oversee certify convey deem designate dismiss extend forfeit hear intend invest investigate opt prove recommend reconsider"
    " recover reject relocate repeal reopen resolve restore restrict resume revise secure specify summarize surrender translate"
    " waive weigh commit create involve rely sit eat drink drive walk encompass emphasize allege assert argue assume acquire"
    " consider cease continue demand differ disburse distribute divide donate evaluate examine exercise expand"
    " handle happen implement initiate interview introduce manage obligate observe participate permit possess prescribe process"
    " promote promulgate prosecute reapply recognize redeem reinstate reveal select sue supersede undertake understand utilize"
    " withdraw adjust advertise appraise arrange assign attach"
)
WEAK = _words(
    "access act appeal balance benefit cancel cause change charge claim conflict contact contract cost cook count deposit"
    " discuss document educate elect face found help influence label limit list need notice order park permit plan process"
    " place border ally back experiment focus spread travel fly dispute license mail mark measure monitor object offset post rank"
    " rate release respect rule save schedule screen sponsor supplement train void question tax pledge fine credit shelter"
    " record rent repair report request result return review share state study support test transfer use vote work"
)
IRREGULAR = {
    "be": "was",
    "become": "became",
    "begin": "began",
    "bring": "brought",
    "build": "built",
    "buy": "bought",
    "choose": "chose",
    "come": "came",
    "do": "did",
    "find": "found",
    "get": "got",
    "give": "gave",
    "go": "went",
    "have": "had",
    "hold": "held",
    "keep": "kept",
    "know": "knew",
    "lead": "led",
    "leave": "left",
    "lose": "lost",
    "make": "made",
    "meet": "met",
    "pay": "paid",
    "say": "said",
    "see": "saw",
    "seek": "sought",
    "sell": "sold",
    "send": "sent",
    "speak": "spoke",
    "spend": "spent",
    "take": "took",
    "teach": "taught",
    "tell": "told",
    "think": "thought",
    "wear": "wore",
    "win": "won",
    "write": "wrote",
    "undergo": "underwent",
}
PARTICIPLES = _words(
    "been become begun born brought built bought chosen done found given gone held kept known led left lost made met paid said"
    " seen sent set sold spent spoken taken taught told thought won worn written put cut read"
)
NUMBERS = _words(
    "one two three four five six seven eight nine ten eleven twelve twenty thirty forty fifty sixty ninety hundred half only"
    " annually monthly weekly daily quarterly immediately persons people employees applicants tenants"
)
EDGE_STEMS = frozenset(word[:-1] for word in STRONG | WEAK if word.endswith("e"))


def uninvert(words: Sequence[str]) -> tuple[str, str] | None:
    """Subject and predicate of a clause that starts with its auxiliary; None where the subject's end is not clear."""
    aux, rest = words[0].lower(), list(words[1:])
    cut = subject_end(rest, aux)
    if cut is None:
        return None
    negative = rest[cut - 1].lower() == "not"
    subject, verb = " ".join(rest[: cut - negative]), rest[cut:]
    if negative:
        return subject, " ".join([aux, "not", *verb])
    if aux in DO:
        return subject, " ".join([inflect(verb[0], aux), *verb[1:]])
    return subject, " ".join([aux, *verb])


def subject_end(rest: Sequence[str], aux: str) -> int | None:
    """Where the subject after an auxiliary ends, by the first word that can be the verb or complement."""
    low = [w.lower().strip(",") for w in rest]
    if len(low) > 1 and low[0] in PRONOUNS:
        return 1
    tests = [_participle_at, _complement_at, _preposition_at] if aux in BE else [_strong_at, _weak_at]
    if aux in HAVE:
        tests = [_participle_at]
    for test in tests:
        for i in range(1, len(low)):
            if low[i - 1] not in DETERMINERS | PREPOSITIONS | RELATIVES and test(low, i):
                return i
    return None


def _strong_at(low: Sequence[str], i: int) -> bool:
    following = low[i + 1] if i + 1 < len(low) else ""
    clear = following in DETERMINERS | PRONOUNS or not following
    return low[i] in STRONG or low[i].endswith(("ify", "ize")) or (low[i] in WEAK and clear)


def _weak_at(low: Sequence[str], i: int) -> bool:
    return low[i] in WEAK


def _participle_at(low: Sequence[str], i: int) -> bool:
    return low[i] in PARTICIPLES or low[i] in ADJECTIVES or bool(re.fullmatch(r"[a-z-]{2,}(?:ed|ing)", low[i]))


def _complement_at(low: Sequence[str], i: int) -> bool:
    return low[i] in {"a", "an", "the", "not", "there"} and low[i - 1] not in ADJECTIVES


def _preposition_at(low: Sequence[str], i: int) -> bool:
    return low[i] in PREPOSITIONS - {"of", "to"}


def predicative(word: str) -> bool:
    """Whether a word can stand after "be" without a noun: "required", "eligible"."""
    return (
        word in ADJECTIVES or word in PARTICIPLES or word.endswith("ed") or word in {"there", "not", "in", "on", "at"}
    )


def looks_like_subject(rest: Sequence[str]) -> bool:
    """Whether a participle-like first word is really an adjective before a noun ("required documents")."""
    return len(rest) > 1 and rest[1] not in FOLLOWERS | DETERMINERS and not rest[1].endswith("ly")


def late_participle(rest: Sequence[str]) -> int | None:
    """Index of a closing "called", "used for" or "based on" after the subject."""
    tail = len(rest) - 2 if rest[-1] in PREPOSITIONS else len(rest) - 1
    if tail < 1 or rest[tail - 1] in DETERMINERS | PREPOSITIONS:
        return None
    word = rest[tail]
    return tail if word in PARTICIPLES or re.fullmatch(r"[a-z]{2,}ed", word) else None


def verb_follows(low: Sequence[str], start: int) -> bool:
    """Whether a verb, not a subject, stands right after the auxiliary at `start`."""
    if start + 1 >= len(low):
        return False
    word = low[start + 1]
    if low[start] in BE:
        return predicative(word) or word.endswith("ing") or (start > 1 and word in PREPOSITIONS)
    if low[start] in HAVE:
        return word in PARTICIPLES or word.endswith("ed") or word in DETERMINERS or word == "to"
    weak = word in WEAK and (start + 2 >= len(low) or low[start + 2] not in STRONG | {"not", "be"})
    return low[start] in MODAL and (word in STRONG or weak or word in {"not", "be", "also", "only"})


def finite(word: str) -> bool:
    """Whether a word looks like a finite full verb."""
    if word in AUX or word in set(IRREGULAR.values()) or re.fullmatch(r"[a-z]{2,}ed", word):
        return True
    stems = (word, word.removesuffix("s"), word.removesuffix("es"), re.sub(r"ies$", "y", word))
    return any(s in STRONG for s in stems) or any(s in WEAK for s in stems[:1])


def inflect(verb: str, aux: str) -> str:
    """Return the verb in the form that replaces `do`, `does` or `did` with it."""
    if aux == "do" or verb.lower() in {"not", "also", "only"}:
        return verb
    if aux == "did":
        return _past(verb)
    if verb in {"have", "be", "do", "go"}:
        return {"have": "has", "be": "is", "do": "does", "go": "goes"}[verb]
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ies"
    return verb + ("es" if re.search(r"(?:s|sh|ch|x|z)$", verb) else "s")


def _past(verb: str) -> str:
    if verb in IRREGULAR:
        return IRREGULAR[verb]
    if re.search(r"[^aeiou]y$", verb):
        return verb[:-1] + "ied"
    return verb + ("d" if verb.endswith("e") else "ed")


STRONG_THIRD = frozenset(inflect(verb, "does") for verb in STRONG)
