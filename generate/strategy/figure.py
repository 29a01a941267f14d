"""How texts write figures: amounts, limits, shares, counts, periods, frequencies, dates, each with the bound before it."""

from __future__ import annotations

import re

_WORDS = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fourteen|fifteen|eighteen|twenty|thirty|forty-five|forty"
    "|fifty|sixty|seventy-two|ninety"
)
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_N = rf"(?<![\w-])(?:\d[\d,]*(?:\.\d+)?|(?:{_TENS})-(?:{_ONES})|{_WORDS})(?:\s\(\d+\))?"
_TIME = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|months?|years?)"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
DAY = rf"(?:\d{{1,2}}\s{_MONTH}(?:,?\s\d{{4}})?|{_MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?)"
BOUND = (
    r"(?:(?P<least>at least|no (?:less|fewer) than|not (?:less|fewer) than|a minimum of)"
    r"|(?P<most>no more than|not more than|up to|at most|a maximum of|no longer than|not longer than))\s"
)
_COUNTED = (
    "bits|bytes|characters?|members?|persons?|people|employees?|copies|copy|digits|units?|bedrooms?|rooms?|questions?|attempts?"
    "|dependents?|children|pets?|guests?|vehicles?|square feet|feet|inches|miles|applicants?|households?|inspections?|visits?|times"
    "|signatures?|witnesses|references?|pages|points|spaces?|keys?|adults?|residents?|tenants?|bids|quotes|cats?|dogs?|animals?"
    "|meetings?|offers?|notices?|warnings?|violations?|credits?|hearings?|votes?"
)
DURATION = re.compile(
    rf"(?P<lead>\b(?:within|for|after|by|in|every|than|of|no later than|not later than)\s(?:a period of\s)?)?(?:{BOUND})?"
    rf"(?P<number>\b{_N})\s(?P<unit>(?:(?:business|calendar|working|consecutive|full)\s)?{_TIME})\b(?P<noun>['’]\s(?:[a-z]+\s)?[a-z]+)?",
    re.IGNORECASE,
)
AMOUNT = re.compile(
    rf"(?:{BOUND})?(?P<amount>[$€£]\s?\d[\d,]*(?:\.\d+)?(?:\s(?:thousand|million|billion))?(?P<per>\s(?:per|a|an)\s[a-z]+)?)",
    re.IGNORECASE,
)
EXCEED = re.compile(
    r"not (?:exceed|be more than|be longer than) (?P<limit>[$€£]\s?\d[\d,]*(?:\.\d+)?"
    r"|\d[\d,]*(?:\.\d+)?\s?(?:%|percent|per cent)(?:\sof\s[^,]+)?"
    rf"|(?:the (?:amount|equivalent) of )?(?:{_N})\s(?:{_TIME}(?:['’]s?\s[a-z]+)?|[a-z]+))"
)
PERCENT = re.compile(rf"(?:{BOUND})?(?P<percent>{_N}\s?(?:%|percent|per cent))\sof\b", re.IGNORECASE)
COUNT = re.compile(rf"(?:{BOUND})?(?P<number>\b{_N})\s(?P<noun>(?:[a-z-]+\s)?(?:{_COUNTED}))\b", re.IGNORECASE)
OFTEN = re.compile(
    rf"\b(?:(?:at least|no more than|not more than|up to)\s)?"
    rf"(?:(?:once|twice|{_N}\stimes)\s(?:a|an|each|every|per|in any)\s(?:calendar\s)?{_TIME}"
    rf"|(?:once\s)?every\s(?:{_N}\s)?(?:calendar\s)?{_TIME}|annually|quarterly|monthly|weekly"
    r"|each (?:calendar )?(?:year|month|week|day|quarter))\b",
    re.IGNORECASE,
)
DATE = re.compile(
    r"\b(?P<preposition>by|on or before|on|until|after|before|from|no later than)\s"
    rf"(?P<date>{DAY}(?:\sof (?:each|every) year)?)(?!\w|,?\s\d)",
    re.IGNORECASE,
)
DAY_OF = re.compile(
    r"\b(?P<preposition>on|by)\s(?P<date>the (?:first|second|third|fifth|tenth|fifteenth|twentieth|last|\d+(?:st|nd|rd|th))"
    r"(?: business| calendar| working)? day of (?:each|every|the)(?: calendar| following)? (?:month|quarter|year))(?!\s(?:in|of) which)\b",
    re.IGNORECASE,
)
