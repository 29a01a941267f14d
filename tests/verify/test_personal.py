"""Personal data in text: every kind by ways it is written, what only looks like it, hidden spellings, and blacking out."""

import importlib.util
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.checksum import dni, iban, luhn, nhs, pesel, ssn, verhoeff, vin
from verify.personal import Recognisers, readable, redact
from verify.personal_forms import Kind

FOUND = [
    (Kind.EMAIL, "Write to maria.lopez@gmx.net today.", "maria.lopez@gmx.net"),
    (Kind.EMAIL, "Write to maria [at] gmx [dot] net today.", "maria [at] gmx [dot] net"),
    (Kind.PHONE, "Call (202) 555-0147 x12 after nine.", "(202) 555-0147 x12"),
    (Kind.PHONE, "Call +44 20 7946 0018 after nine.", "+44 20 7946 0018"),
    (Kind.CARD, "Paid with 4111-1111-1111-1111.", "4111-1111-1111-1111"),
    (Kind.BANK, "Refund to DE89 3704 0044 0532 0130 00.", "DE89 3704 0044 0532 0130 00"),
    (Kind.BANK, "Refund to her savings account 00123456789.", "00123456789"),
    (Kind.NATIONAL, "The tenant, SSN 078-05-1120, appealed.", "078-05-1120"),
    (Kind.NATIONAL, "The tenant, national insurance no. QQ 12 34 56 C, is known.", "QQ 12 34 56 C"),
    (Kind.NATIONAL, "Her DNI is 12345678Z.", "12345678Z"),
    (Kind.PASSPORT, "He holds passport no. C01X00T47 of Germany.", "C01X00T47"),
    (Kind.LICENCE, "Driver's license number F255-9215-0094 was shown.", "F255-9215-0094"),
    (Kind.BIRTH, "She was born on 3 May 1961 in Ghana.", "3 May 1961"),
    (Kind.BIRTH, "Applicant (DOB: 05/03/1961).", "05/03/1961"),
    (Kind.ADDRESS, "He lives at 1402 Maple Street NW, Apt. 4.", "1402 Maple Street NW, Apt. 4"),
    (Kind.ADDRESS, "Sent to Lindenstraße 14, 10969 Berlin.", "Lindenstraße 14, 10969 Berlin"),
    (Kind.NETWORK, "The claim came from 203.0.113.77 at night.", "203.0.113.77"),
    (Kind.NETWORK, "The claim came from 2001:db8::8a2e:370:7334 at night.", "2001:db8::8a2e:370:7334"),
    (Kind.HEALTH, "Medical record number 00481516 was attached.", "00481516"),
    (Kind.VEHICLE, "The car 1M8GDM9AXKP042788 was towed.", "1M8GDM9AXKP042788"),
    (Kind.PLACE, "Last seen at 38.889484, -77.035278.", "38.889484, -77.035278"),
    (Kind.SECRET, "The password is Tr0ub4dor&3 for all.", "Tr0ub4dor&3"),
    (Kind.SECRET, "Use AKIAIOSFODNN7EXAMPLE for it.", "AKIAIOSFODNN7EXAMPLE"),
    (Kind.WALLET, "Send to 0x52908400098527886E0F7030069857D2E4169EE7.", "0x52908400098527886E0F7030069857D2E4169EE7"),
    (Kind.PERSON, "The file was handed to Patricia Gomez last week.", "Patricia Gomez"),
    (Kind.PERSON, "The file was handed to Mr. Rivers last week.", "Mr. Rivers"),
    (Kind.PERSON, "The decision names Douglas Brown twice.", "Douglas Brown"),
]
NOTHING = [
    "Orion Platform 2020.2 HF1, DLL version 2020.2.5300.12432",
    "A revolving credit account as defined in section 28-3701 of this subtitle",
    "See section 5.1.2.3 of NIST SP 800-63-3.",
    "The fee is $1,234.56 and 30 days are given; § 42-3505.01 applies.",
    "Persons born before January 1, 1960 need not register.",
    "The Housing Authority shall notify the Rental Accommodations Division.",
    "Any account with a balance of $10,000 or more is counted.",
    "Questions go to info@example.gov or to the hotline 888-282-0870.",
    "A password is at least 15 characters long.",
    "The District of Columbia Court of Appeals, 500 Indiana, decides.",
    "Virginia Law and Georgia House bills do not apply.",
    "The Martin Luther King Act is repealed on April 3, 2021.",
]
RED_TEAM = [
    (Kind.EMAIL, "maria.lopez​@gmx.net"),
    (Kind.NATIONAL, "SSN ０７８-０５-１１２０"),
    (Kind.NATIONAL, "SSN 078‑05‑1120"),
    (Kind.CARD, "card 4111 1111 1111 1111"),
    (Kind.EMAIL, "maria (at) gmx (dot) net"),
    (Kind.PHONE, "call 202.555.0147"),
    (Kind.BANK, "de89370400440532013000"),
]


@pytest.fixture(scope="module")
def detector():
    return Recognisers()


@pytest.mark.parametrize(("kind", "text", "value"), FOUND, ids=[f"{each[0]}: {each[2]}" for each in FOUND])
def test_each_kind_is_found(detector, kind, text, value):
    found = [each for each in detector.find(text) if each.kind is kind]
    assert found
    assert value is None or found[0].text == value
    assert all(text[each.start : each.end] == each.text for each in found)


@pytest.mark.parametrize("text", NOTHING)
def test_what_policies_say_is_no_alarm(detector, text):
    assert detector.find(text) == []


@pytest.mark.parametrize(("kind", "text"), RED_TEAM)
def test_spelling_hides_nothing(detector, kind, text):
    assert [each.kind for each in detector.find(text)] == [kind]


def test_redaction_leaves_the_rest(detector):
    text = "Patricia Gomez, born 3 May 1961, asked at maria@gmx.net about rent."
    assert redact(text, detector.find(text)) == "[person], born [date of birth], asked at [email] about rent."


def test_a_report_shows_no_datum(detector):
    (found,) = detector.find("Write to maria.lopez@gmx.net.")
    assert found.masked.startswith("m•")
    assert "lopez" not in found.masked


def test_kinds_can_be_chosen():
    only = Recognisers(kinds=[Kind.EMAIL])
    assert [each.kind for each in only.find("Mr. Rivers, a@gmx.net, SSN 078-05-1120")] == [Kind.EMAIL]
    assert only.name.endswith(":email")


def test_the_recogniser_is_asked_where_lists_do_not_decide():
    asked = []

    def recognise(text):
        asked.append(text)
        return [(13, 30, True)]

    detector = Recognisers(recognise=recognise)
    assert [each.text for each in detector.find("It was given Bachittar Sanghvi again.")] == ["Bachittar Sanghvi"]
    assert detector.find("It was given to the office.") == []
    assert len(asked) == 1


@given(st.text(max_size=200))
def test_any_text_is_read_and_spans_are_its_own(text):
    found = Recognisers(recognise=lambda _: []).find(text)
    assert all(text[each.start : each.end] == each.text and each.text for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    plain, places = readable(text)
    assert len(places) == len(plain) + 1


def test_check_digits_of_published_examples():
    assert luhn("4111 1111 1111 1111")
    assert not luhn("4111 1111 1111 1112")
    assert iban("GB82 WEST 1234 5698 7654 32")
    assert not iban("GB82 WEST 1234 5698 7654 33")
    assert verhoeff("2363")
    assert not verhoeff("2364")
    assert nhs("943 476 5919")
    assert dni("12345678Z")
    assert dni("X1234567L")
    assert ssn("078-05-1120")
    assert not ssn("666-05-1120")
    assert vin("1M8GDM9AXKP042788")
    assert pesel("44051401359")
    assert not pesel("44051401358")


@pytest.mark.skipif(importlib.util.find_spec("presidio_analyzer") is None, reason="the privacy extra is not installed")
def test_presidio_adds_numbers_of_other_countries(detector):
    from verify.personal_presidio import PresidioDetector

    both = PresidioDetector(detector)
    text = "The singer S1234567D asked; maria@gmx.net and section 5.1.2.3 too."
    assert [(each.kind, each.by) for each in both.find(text)] == [
        (Kind.NATIONAL, "presidio"),
        (Kind.EMAIL, "groundsmith"),
    ]
    assert "presidio" in both.name
