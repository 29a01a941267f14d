"""Personal data to plant: values from Faker in many countries' forms, ways to write them, and clauses that carry them.

Every second way of writing and every second clause of a kind belongs to the half "report": nobody looked at it while the recognisers were
written. Values come from Faker (MIT) with a seed, not from the lists that the recognisers use.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

LOCALES = ("en_US", "en_GB", "en_CA", "en_IN", "en_AU", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL")
NAMES = ("en_US", "en_US", "en_US", "en_GB", "en_IN", "en_IE", "es_MX", "fr_FR", "de_DE", "it_IT", "en_NG", "pl_PL")


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A planted datum: the sentence with it, where the datum stands, its kind, and the half its form belongs to."""

    kind: str
    text: str
    value: str
    start: int
    half: str

    @property
    def end(self) -> int:
        """Where the datum ends."""
        return self.start + len(self.value)


Write = Callable[["Maker"], str]


class Maker:
    """Values of each kind, drawn with a seed."""

    def __init__(self, seed: int) -> None:
        from faker import Faker

        self.draw = random.Random(seed)
        self._fakers = {name: Faker(name) for name in {*LOCALES, *NAMES}}
        for number, name in enumerate(sorted(self._fakers)):
            self._fakers[name].seed_instance(seed + number)

    def fake(self, *locales: str) -> Any:  # noqa: ANN401 - a Faker answers to any name
        """A Faker of one of the locales."""
        return self._fakers[self.draw.choice(locales or LOCALES)]

    def digits(self, form: str) -> str:
        """Fill # with digits (the first not 0) and ? with capital letters."""
        first = [True]

        def one(mark: str) -> str:
            if mark == "#":
                low, first[0] = int(first[0]), False
                return str(self.draw.randint(low, 9))
            return self.draw.choice("ABCDEFGHJKLMNPRSTUVWXYZ") if mark == "?" else mark

        return "".join(map(one, form))


def _name(maker: Maker) -> tuple[str, str]:
    fake = maker.fake(*NAMES)
    return fake.first_name(), fake.last_name()


def _birth(form: str) -> Write:
    return lambda maker: (
        maker.fake("en_US").date_of_birth(minimum_age=18, maximum_age=95).strftime(form).replace(" 0", " ")
    )


def _initial(maker: Maker) -> str:
    return maker.draw.choice("ABCDEFGHJKLMNPRSTW")


def _spaced(text: str, size: int, mark: str = " ") -> str:
    return mark.join(text[at : at + size] for at in range(0, len(text), size))


def _email(maker: Maker, form: str) -> str:
    first, last = (part.lower().replace(" ", "").replace("'", "") for part in _name(maker))
    return form.format(
        first=first, last=last, one=first[0], n=maker.draw.randint(2, 99), host=maker.fake().domain_name()
    )


def _address(maker: Maker, form: str) -> str:
    us = maker.fake("en_US")
    return form.format(
        number=us.building_number(), street=us.street_name(), unit=us.secondary_address(), city=us.city(),
        state=us.state_abbr(), zip=us.zipcode()
    )  # fmt: skip


def _phone(locale: str) -> Write:
    return lambda maker: maker.fake(locale).phone_number()


WAYS: dict[str, Sequence[Write]] = {
    "person": (
        lambda m: "{} {}".format(*_name(m)),
        lambda m: "{0} {2}. {1}".format(*_name(m), _initial(m)),
        lambda m: f"{m.draw.choice(('Mr.', 'Ms.', 'Mrs', 'Dr.'))} {_name(m)[1]}",
        lambda m: "{1}, {0}".format(*_name(m)),
        lambda m: f"{_name(m)[0]} {_name(m)[1]}-{_name(m)[1]}",
        lambda m: "{} {}".format(*_name(m)).upper(),
    ),
    "email": (
        lambda m: _email(m, "{first}.{last}@{host}"),
        lambda m: _email(m, "{one}{last}{n}@{host}"),
        lambda m: _email(m, "{first}_{last}@mail.{host}"),
        lambda m: _email(m, "{first} (at) {host}"),
        lambda m: _email(m, "{first}+rent@{host}").upper(),
        lambda m: _email(m, "{first}.{last} [at] {host}").replace(".", " [dot] "),
    ),
    "phone": (
        lambda m: m.digits("(202) 555-01##"),
        _phone("en_US"),
        lambda m: m.digits("###.555.####"),
        _phone("en_GB"),
        _phone("de_DE"),
        lambda m: m.digits("+1 ### 555 ####"),
        lambda m: m.digits("202 555 ####"),
        _phone("fr_FR"),
    ),
    "payment card": (
        lambda m: _spaced(m.fake("en_US").credit_card_number("visa16"), 4),
        lambda m: m.fake("en_US").credit_card_number("mastercard"),
        lambda m: m.fake("en_US").credit_card_number("amex"),
        lambda m: _spaced(m.fake("en_US").credit_card_number("discover"), 4, "-"),
        lambda m: _spaced(m.fake("en_US").credit_card_number("mastercard"), 4, "."),
    ),
    "bank account": (
        lambda m: m.fake("de_DE", "fr_FR", "nl_NL", "it_IT", "es_ES").iban(),
        lambda m: _spaced(m.fake("de_DE", "fr_FR", "nl_NL", "it_IT").iban(), 4),
        lambda m: m.digits("##########"),
        lambda m: m.digits("####-######-##"),
        lambda m: _spaced(m.fake("en_GB").iban(), 4).lower(),
    ),
    "national id": (
        lambda m: m.fake("en_US").ssn(),
        lambda m: m.fake("en_US").ssn().replace("-", " "),
        lambda m: m.fake("en_GB").ssn(),
        lambda m: m.fake("en_US").ssn().replace("-", ""),
        lambda m: m.fake("en_CA").ssn(),
        lambda m: m.fake("es_ES", "it_IT").ssn(),
    ),
    "passport": (
        lambda m: m.digits("#########"),
        lambda m: m.digits("?########"),
        lambda m: m.digits("??#######"),
        lambda m: m.digits("? #######"),
        lambda m: m.digits("###??#####"),
    ),
    "driving licence": (
        lambda m: m.digits("?#######"),
        lambda m: m.digits("?###-####-####"),
        lambda m: m.digits("#########"),
        lambda m: m.digits("?????######?#??"),
        lambda m: m.digits("???-##-####"),
    ),
    "date of birth": (
        _birth("%m/%d/%Y"),
        _birth("%B %d, %Y"),
        _birth("%d.%m.%Y"),
        _birth("%Y-%m-%d"),
        _birth("%d %b %Y"),
        _birth("%m-%d-%y"),
    ),
    "postal address": (
        lambda m: _address(m, "{number} {street}, {city}, {state} {zip}"),
        lambda m: _address(m, "{number} {street}"),
        lambda m: _address(m, "{number} {street} {unit}, {city} {state}"),
        lambda m: m.fake("en_GB").address().replace("\n", ", "),
        lambda m: _address(m, "P.O. Box {number}, {city}, {state} {zip}"),
        lambda m: m.fake("de_DE").address().replace("\n", ", "),
    ),
    "network address": (
        lambda m: m.fake("en_US").ipv4_public(),
        lambda m: m.fake("en_US").ipv6(),
        lambda m: m.fake("en_US").mac_address(),
        lambda m: f"{m.fake('en_US').ipv4_public()}:{m.draw.randint(1024, 60000)}",
        lambda m: m.fake("en_US").mac_address().upper().replace(":", "-"),
    ),
    "health record": (
        lambda m: m.digits("########"),
        lambda m: m.digits("??-######"),
        lambda m: m.digits("### ### ####"),
        lambda m: m.digits("#?##-??#-??##"),
        lambda m: m.digits("???#########"),
    ),
}
"""Ways of writing each kind."""

CLAUSES: dict[str, Sequence[str]] = {
    "person": (
        "as {} asked in writing", "and the file was handed to {} last week", "which {} disputed",
        "and {} signed for the household", "according to {}", "as told to {}",
    ),
    "email": ("write to {}", "copies went to {}", "({})", "reached at {} only", "by mail to {}", "sent from {}"),
    "phone": ("call {} with questions", "her mobile is {}", "({})", "phone: {}", "he can be reached on {}", "tel. {}"),
    "payment card": ("paid with {}", "card {} was charged", "({})", "the fee was taken from {}", "number {}, expiring soon"),
    "bank account": (
        "paid into account {}", "the refund went to bank account number {}", "to her account, {}", "acct. no. {}", "IBAN or account {}",
    ),
    "national id": (
        "SSN {}", "whose social security number is {}", "(national insurance no. {})", "identity number {}",
        "listed under social security no. {}",
        "ID number: {}",
    ),
    "passport": (
        "passport {}", "with passport no. {}", "who holds a passport numbered {}", "(passport number: {})", "travelling on passport {}",
    ),
    "driving licence": (
        "driver's license {}", "driving licence no. {}", "whose driver license number is {}", "(licence number {})",
        "shown by driver’s licence {}",
    ),
    "date of birth": ("born {}", "born on {}", "date of birth {}", "(DOB: {})", "whose birthday is {}", "d.o.b. {}"),
    "postal address": ("who lives at {}", "of {}", "sent to {}", "at the address {}", "who moved to {}", "residing at {}"),
    "network address": ("from {}", "logged in from {}", "(device {})", "the request came from {}", "seen at address {}"),
    "health record": (
        "medical record number {}", "MRN {}", "(patient ID {})", "whose health insurance number is {}", "Medicare number {}",
    ),
}  # fmt: skip
"""Clauses that carry them."""


def items(sentences: Sequence[str], *, each: int, half: str, seed: int) -> Iterator[Item]:
    """Yield `each` planted items of every kind in policy sentences, written in the ways of one half ("development" or "report")."""
    maker = Maker(seed)
    odd = int(half == "report")
    for kind, ways in WAYS.items():
        clauses = CLAUSES[kind]
        for number in range(each):
            way = ways[odd::2][number % len(ways[odd::2])]
            clause = clauses[odd::2][(number // 2) % len(clauses[odd::2])]
            yield planted(maker.draw.choice(sentences), clause, way(maker), kind=kind, half=half, first=number % 4 == 3)


def planted(sentence: str, clause: str, value: str, *, kind: str, half: str, first: bool) -> Item:
    """Put the clause at the end of the sentence, or before it as a sentence of its own."""
    body = sentence.rstrip(".;: ")
    before, after = clause.split("{}")
    if first:
        head = f"This was noted, {before}"
        text = f"{head}{value}{after}. {sentence}"
    else:
        head = f"{body}, {before}"
        text = f"{head}{value}{after}."
    return Item(kind=kind, text=text, value=value, start=len(head), half=half)
