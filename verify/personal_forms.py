"""How personal data is written: a table of forms, each a pattern with what must stand near it and a check of the digits.

A form with `near` counts only after such a word in the same sentence, at most `reach` letters before it, or right after it in brackets.
The patterns know ways of writing, not lists of values; names of people are in `person`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from verify.checksum import digits, dni, iban, luhn, nhs, pesel, ssn, verhoeff, vin


class Kind(StrEnum):
    """What a piece of personal data is."""

    PERSON = "person"
    EMAIL = "email"
    PHONE = "phone"
    CARD = "payment card"
    BANK = "bank account"
    NATIONAL = "national id"
    PASSPORT = "passport"
    LICENCE = "driving licence"
    BIRTH = "date of birth"
    ADDRESS = "postal address"
    NETWORK = "network address"
    HEALTH = "health record"
    VEHICLE = "vehicle"
    PLACE = "coordinates"
    SECRET = "password or key"  # noqa: S105 - a name of a kind
    WALLET = "wallet"


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A way of writing: `near` must stand near it, `check` is what it must pass; a text without `hint` has no `near`."""

    kind: Kind
    pattern: re.Pattern[str]
    near: re.Pattern[str] | None = None
    hint: re.Pattern[str] | None = None
    reach: int = 40
    check: Callable[[str], bool] = lambda _: True


def _form(
    kind: Kind,
    pattern: str,
    near: str = "",
    *,
    check: Callable[[str], bool] = lambda _: True,
    reach: int = 40,
    flags: int = 0,
) -> Form:
    words = re.compile(rf"(?:\b|(?<=_))(?:{near})", re.IGNORECASE) if near else None
    hint = re.compile(near.replace("$", ""), re.IGNORECASE) if near else None
    return Form(kind=kind, pattern=re.compile(pattern, flags), near=words, hint=hint, check=check, reach=reach)


def _personal_email(text: str) -> bool:
    """Whether an address is of a person: not of an office, as info@ and help-desk@ are."""
    local = re.split(r"@|\s*[\[({]|\s+at\s", text.lower(), maxsplit=1)[0]
    return not _OFFICE.fullmatch(local)


_OFFICE = re.compile(
    r"(?:[a-z]+[._-])?(?:info|contact|contacts|support|help|helpdesk|help-desk|office|admin|security|privacy|webmaster|postmaster|hostmaster"
    r"|no-?reply|donotreply|press|media|foia|abuse|sales|service|services|customer-?service|feedback|comments?|complaints?|enquiries"
    r"|inquiries|questions|team|jobs|careers|hr|legal|compliance|reports?|incident|incidents|directives?|cyberdirectives|central"
    r"|vulnerability|disclosure|soc|noc|csirt|cert|secretary|clerk|records|hotline|mail|email|user|username|name|someone|example)"
    r"(?:[._-][a-z]+)?\d*"
)


def _address(text: str) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    return found.version == 6 or max(int(part) for part in text.split(".")) > _HIGHEST_SECTION


_HIGHEST_SECTION = 31
"""Four numbers this low are a section of a document ("5.1.2.3") rather than an address."""


def _six(text: str) -> bool:
    return "::" in text or text.count(":") == 7 if _address(text) else False


def _card(text: str) -> bool:
    plain = digits(text)
    groups = tuple(map(len, re.split(r"[ .·-]", text)))
    if groups[:-1] and groups not in _CARD_GROUPS:
        return False
    return 13 <= len(plain) <= 19 and plain[0] in "23456" and len(set(plain)) > 1 and luhn(plain)


_CARD_GROUPS = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (6, 13), (4, 4, 5), (4, 4, 4, 1)})
"""How cards are grouped; other groups are versions of software, as in 2020.2.5300.12432."""


def _international(text: str) -> bool:
    return 8 <= len(digits(text)) <= 15


def _american(text: str) -> bool:
    plain = digits(text.lower().partition("x")[0].partition("ext")[0])[-10:]
    return plain[:3] not in _FREE


_FREE = frozenset(("800", "888", "877", "866", "855", "844", "833", "900"))
"""Area codes of organisations, which no person has."""


def _several(count: int) -> Callable[[str], bool]:
    return lambda text: len(digits(text)) >= count


def _secret(text: str) -> bool:
    return any(mark.isdigit() for mark in text) and any(mark.isalpha() for mark in text)


def _nir(text: str) -> bool:
    plain = digits(text)
    return len(plain) == 15 and plain[0] in "12" and int(plain[:13]) % 97 == 97 - int(plain[13:])


def _sin(text: str) -> bool:
    return luhn(text) and digits(text)[0] not in "08"


_NO = r"(?<![\w.,§$€£#-])"
_END = r"(?![\w-]|[.,]\d)"
_ID = (
    r"(?=[A-Za-z\d .·/-]*\d)(?:[A-Za-z]{1,6}[.·/-]?|(?!ID |NO |DL )[A-Z]{1,2} )?\d"
    r"(?:[A-Za-z\d]|[.·/-](?=\w)| (?=[A-Z\d]*\d|[A-Z]\b)){3,24}"
)
"""A number with letters in it, in groups: what is near it must say what it is."""
_CODE = r"(?=[A-Z\d./-]*\d[A-Z\d./-]*\d[A-Z\d./-]*\d)[A-Z\d]+(?:[./-][A-Z\d]+)*"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?"
    r"|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DATE = (
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)?(?: day)?(?: of)?[ -]{_MONTH}\.?,?[ -]\d{{2,4}}|{_MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? ?(?:19|20)\d\d"
    r"|(?:19|20)\d\d[./-]\d{1,2}[./-]\d{1,2}|\d{1,2}[./ -]\d{1,2}[./ -](?:\d{4}|\d{2}))"
)
_WORD = r"[A-ZÀ-Ý][\w'’.-]*"
_SUFFIX = (
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Circle|Cir"
    r"|Highway|Hwy|Close|Crescent|Gardens|Grove|Mews|Row|Walk|Quay|Trail|Trl|Loop|Plaza|Alley|Path|Point|Hill|Green|Rise|Bend|Ridge|View|Run"
    r"|Crossing|Turnpike|Pike|Expressway|Heights|Park)"
)
_QUARTER = r"(?:,? (?:N\.?W|N\.?E|S\.?W|S\.?E)\.?(?![a-z]))"
_UNIT = r"(?:,? (?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|#)\.? ?#?[A-Z\d-]{1,6})"
_TOWN = rf"(?:,? (?:{_WORD}[ ,]+){{1,4}}(?:[A-Z]{{2}}\b(?: \d{{5}}(?:-\d{{4}})?)?|\d{{5}}(?:-\d{{4}})?))"
_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_LIVES = (
    r"liv(?:es?|ed|ing)|resid(?:es?|ed|ing|ence|ent)|moved|address(?:ed)?|home|sent|mail(?:ed)?|delivered"
    r"|located|staying|house(?:hold)?|of$|at$"
)

FORMS: tuple[Form, ...] = (
    _form(Kind.EMAIL, r"[\w.+'’%-]+@[\w-]+(?:\.[\w-]+)+", check=_personal_email),
    _form(
        Kind.EMAIL,
        r"[\w+-]+(?:(?:\.| ?[\[({] ?dot ?[\])}] ?)[\w+-]+)* ?(?:[\[({] ?(?:at|@) ?[\])}]|@| at (?=[\w-]+ dot ))"
        r" ?[\w-]+(?:(?:\.| ?[\[({] ?dot ?[\])}] ?| dot )[\w-]+)+",
        check=_personal_email,
        flags=re.IGNORECASE,
    ),
    _form(Kind.CARD, _NO + r"\d{4}(?:[ .·-]?\d){9,15}" + _END, check=_card),
    _form(
        Kind.CARD,
        _NO + r"\d{4}(?:[ .·-]?\d){9,15}" + _END,
        r"(?:credit|debit|payment|bank) ?card|visa|master ?card|amex|card (?:number|no)",
        check=_several(13),
    ),
    _form(Kind.BANK, r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z\d]){11,30}\b", check=iban, flags=re.IGNORECASE),
    _form(
        Kind.BANK,
        r"(?<!section )(?<!sections )" + _NO + r"\d(?:[ .-]?\d){5,19}" + _END,
        r"(?:bank |savings |checking |current |her |his )?account\b|acct|a/c\b|routing|\baba\b|sort code|\bbsb\b|iban|clabe",
        reach=32,
    ),
    _form(Kind.NATIONAL, _NO + r"\d{3}[- ‐–]\d{2}[- ‐–]\d{4}" + _END, check=ssn),
    _form(
        Kind.NATIONAL,
        r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d\d){3} ?[A-D]?\b",
        r"insurance|nino\b|\bNI\b",
        flags=re.IGNORECASE,
    ),
    _form(Kind.NATIONAL, r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D]\b"),
    _form(Kind.NATIONAL, _NO + r"\d{3}[ -]\d{3}[ -]\d{3}" + _END, check=_sin),
    _form(Kind.NATIONAL, _NO + r"[2-9]\d{3} \d{4} \d{4}" + _END, check=verhoeff),
    _form(Kind.NATIONAL, r"\b[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]\b", flags=re.IGNORECASE),
    _form(Kind.NATIONAL, _NO + r"[XYZ]?\d{7,8}-?[A-Z]" + _END, check=dni),
    _form(Kind.NATIONAL, _NO + r"[12](?: ?\d){14}" + _END, check=_nir),
    _form(Kind.NATIONAL, _NO + r"\d{3}\.\d{3}\.\d{3}-\d{2}" + _END),
    _form(Kind.NATIONAL, _NO + r"\d{11}" + _END, check=pesel),
    _form(
        Kind.NATIONAL,
        _NO + _ID + _END,
        r"(?:social (?:security|insurance)|ssn\b|national (?:id|insurance|identi)|identity (?:card|number|no\b|document)"
        r"|(?:personal )?\bid (?:no\b|number|card)"
        r"|(?:individual )?tax(?:payer)?(?: identification)? (?:id|no\b|number)|itin\b|\btin\b|\bsin\b|aadhaar|personnummer|pesel)",
        check=_several(6),
    ),
    _form(Kind.PASSPORT, _NO + _ID + _END, r"passport", check=_several(6)),
    _form(Kind.PASSPORT, r"P[<A-Z][A-Z]{3}[A-Z]+<<[A-Z<]{5,}"),
    _form(
        Kind.LICENCE,
        _NO + rf"(?:{_CODE}|{_ID})" + _END,
        r"(?:driv(?:er|ing)['’]?s?['’]? (?:licen[cs]e|permit)|licen[cs]e (?:no\b|number|#)|\bDL\b)",
        check=_several(4),
    ),
    _form(
        Kind.BIRTH,
        rf"(?<![\w.§-])(?<!before )(?<!after )(?<!since )(?<!to ){_DATE}(?!\w)",
        r"born|birth(?:day|date)?|d\.?o\.?b\b",
        reach=24,
        flags=re.IGNORECASE,
    ),
    _form(
        Kind.ADDRESS,
        rf"(?<![\w./§-])\d{{1,6}}[A-Z]?(?:[-/]\d+)? (?:[NSEW]\.? )?(?:(?!Superior|District|Circuit|Supreme|Federal){_WORD} "
        rf"|\d{{1,3}}(?:st|nd|rd|th) ){{1,4}}"
        rf"{_SUFFIX}s?\b\.?{_QUARTER}?{_UNIT}?{_TOWN}?",
    ),
    _form(Kind.ADDRESS, rf"(?<![\w./§-])\d{{1,6}}[A-Z]? (?:{_WORD} ){{1,3}}{_WORD}{_UNIT}?{_TOWN}"),
    _form(Kind.ADDRESS, rf"(?<![\w.§-])\d{{1,6}}[A-Z]? (?:{_WORD} ){{1,3}}{_UNIT}(?:,? {_WORD})*"),
    _form(Kind.ADDRESS, rf"(?<![\w.§-])\d{{1,6}}[A-Z]? {_WORD} {_WORD}{_UNIT}?", _LIVES, reach=16),
    _form(Kind.ADDRESS, rf"\b(?:P\.? ?O\.? ?Box|Post Office Box|Postfach) \d{{1,6}}{_TOWN}?", flags=re.IGNORECASE),
    _form(
        Kind.ADDRESS,
        rf"(?:(?:Flat|Studio|Unit) ?\d*[A-Za-z]?,? )?(?:\d{{1,4}}[A-Z]? )?(?:[A-ZÀ-Ý][\w'’ -]*, ?){{1,4}}{_POSTCODE}\b",
    ),
    _form(
        Kind.ADDRESS,
        r"\b[A-ZÄÖÜ][\wäöüß.-]*(?:[ -][A-ZÄÖÜ][\wäöüß.-]*)*(?:str(?:aße|asse|\.)|weg|platz|allee|gasse|ring|straat|laan|gracht)"
        r" ?\d{1,4}(?:[ /-]?[a-zA-Z0-9]{1,3})?,? \d{4,5} [A-ZÄÖÜ][\wäöüß-]+(?: [A-ZÄÖÜ][\wäöüß-]+)*",
    ),
    _form(
        Kind.ADDRESS,
        r"\b[A-ZÄÖÜ][\wäöüß.-]*(?: (?:[A-ZÄÖÜ][\wäöüß.-]*|am|an|der|den|dem|des|zum|zur|im|von)){0,3}"
        r" \d{1,4}(?:/\d+)?, \d{5} [A-ZÄÖÜ][\wäöüß-]+(?: [\wäöüß-]+)?",
    ),
    _form(
        Kind.ADDRESS,
        r"\b\d{1,4},? (?:rue|avenue|boulevard|place|chemin|impasse|allée) [\w'’ -]+,? \d{5} [A-ZÀ-Ý][\w-]+",
        flags=re.IGNORECASE,
    ),
    _form(
        Kind.ADDRESS,
        r"\b(?:Calle|Avenida|Paseo|Plaza|Via|Viale|Piazza|Corso|Rua|Rue) [A-ZÀ-Ý][\w'’ -]*,? \d{1,4}(?:,? \d{5} [A-ZÀ-Ý][\w-]+)?",
    ),
    _form(Kind.NETWORK, r"(?<![\w.§-])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)", check=_address),
    _form(
        Kind.NETWORK,
        r"(?<![\w.§-])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)",
        r"\bip\b|\bips\b|logged|host\b|device|server",
        reach=24,
    ),
    _form(Kind.NETWORK, r"(?<![\w:.])(?:[\da-fA-F]{0,4}:){2,7}[\da-fA-F]{0,4}(?![\w:])", check=_six),
    _form(Kind.NETWORK, r"(?<![\w:-])[\da-fA-F]{2}(?:([:-])[\da-fA-F]{2})(?:\1[\da-fA-F]{2}){4}(?![\w:-])"),
    _form(Kind.NETWORK, _NO + r"\d{15}" + _END, r"imei", check=luhn),
    _form(
        Kind.HEALTH,
        _NO + rf"(?:{_CODE}|{_ID})" + _END,
        r"(?:medical (?:record|id)|mrn\b|patient (?:id|no\b|number|record)|health (?:insurance|card|plan|record|id)"
        r"|medicare|medicaid|nhs\b|hospital (?:no\b|number))",
        check=_several(5),
    ),
    _form(Kind.HEALTH, _NO + r"\d{3} \d{3} \d{4}" + _END, check=nhs),
    _form(Kind.VEHICLE, _NO + r"[A-HJ-NPR-Z\d]{17}" + _END, check=vin),
    _form(
        Kind.VEHICLE,
        _NO + r"(?=[A-Z\d -]*\d)[A-Z\d]{1,4}[ -]?[A-Z\d]{2,5}" + _END,
        r"licen[cs]e plates?|number ?plates?|plates? (?:no|number)|vehicle registration|tag number",
        check=_several(2),
        reach=24,
    ),
    _form(Kind.PLACE, r"(?<![\w.])-?\d{1,2}\.\d{4,8}°?(?: ?[NS])?,? ?-?\d{1,3}\.\d{4,8}(?!\d)"),
    _form(
        Kind.PLACE,
        r"\d{1,2}° ?\d{1,2}['′’] ?(?:\d{1,2}(?:\.\d+)?[\"″”] ?)?[NS],? ?\d{1,3}° ?\d{1,2}['′’] ?(?:\d{1,2}(?:\.\d+)?[\"″”] ?)?[EW]",
    ),
    _form(
        Kind.SECRET,
        r"\b(?:sk-[A-Za-z\d_-]{16,}|gh[pousr]_[A-Za-z\d]{20,}|AKIA[A-Z\d]{16}|xox[abpr]-[A-Za-z\d-]{10,}|AIza[\w-]{30,}|hf_[A-Za-z\d]{20,})",
    ),
    _form(Kind.SECRET, r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{5,}"),
    _form(
        Kind.SECRET,
        r"(?<!\S)[\"'“‘]?(?=\S*\d)(?=\S*[A-Za-z])[^\s\"'”’,;]{6,64}",
        r"(?:password|passwd|pwd|passcode|passphrase|api[ _-]?key|secret key|access token)(?: (?:is|was|of \w+ is))?[:=]?\s*$",
        check=_secret,
        reach=30,
    ),
    _form(
        Kind.WALLET, r"\b(?:bc1[a-z\d]{20,60}|[13][a-km-zA-HJ-NP-Z1-9]{25,34}|0x[a-fA-F\d]{40})\b", check=_several(2)
    ),
    _form(
        Kind.PHONE,
        r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}(?:[ .\-/]?\(0?\d{1,5}\)|[ .\-/]?\d{1,5}){2,6}" + _END,
        check=_international,
    ),
    _form(
        Kind.PHONE,
        r"(?<![\w.§-])(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]{0,2}\d{3}[ .-]\d{4}(?: ?(?:x|ext\.?|extension) ?\d{1,6})?"
        + _END,
        check=_american,
    ),
    _form(Kind.PHONE, r"(?<![\w.§-])\(?0\d{1,5}\)?(?:[ -]?\d){5,9}" + _END, check=_several(9)),
    _form(
        Kind.PHONE,
        r"(?<![\w$§])\(?\d[\d ().-]{5,17}\d(?: ?(?:x|ext\.?|extension) ?\d{1,6})?" + _END,
        r"tel(?:ephone)?\b|(?:tele)?phone|call(?:ed|s)?\b|mobile|cell\b|fax\b|text(?:ed)? (?:him|her|me|to)|whatsapp|reached|dial",
        check=_several(7),
        reach=30,
    ),
)
"""Every form, the surest of a kind first."""
