from __future__ import annotations

import pytest

from graph.define import abbreviations, definitions, long_form, named_in_brackets
from knowledge.document import Passage


def passage(text: str, *headings: str) -> Passage:
    return Passage(
        id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(text), text=text, headings=headings
    )


@pytest.mark.parametrize(
    ("text", "label", "meaning"),
    [
        ('"Tenant" means a person who rents a dwelling. He pays.', "Tenant", "a person who rents a dwelling."),
        ("“Rent charged” means the entire amount of money.", "Rent charged", "the entire amount of money."),
        ("Authenticator means something the claimant possesses.", "Authenticator", "something the claimant possesses."),
        ('The term "dwelling unit" means a room or rooms.', "dwelling unit", "a room or rooms."),
        ('(a) "Housing provider" shall mean a landlord or owner;', "Housing provider", "a landlord or owner;"),
        ('"Owner" includes an agent of the owner.', "Owner", "includes an agent of the owner."),
        ('"Agency" has the meaning given in section 551.', "Agency", "has the meaning given in section 551."),
        ("Term: Assertion; Definition: A statement from a verifier.", "Assertion", "A statement from a verifier."),
        ("Session fixation refers to an attack on a session.", "Session fixation", "an attack on a session."),
    ],
)
def test_a_term_that_is_defined(text: str, label: str, meaning: str) -> None:
    (definition,) = definitions(passage(text))
    assert (definition.label, definition.text) == (label, meaning)
    assert text[definition.start : definition.end] == definition.text


@pytest.mark.parametrize(
    "text",
    [
        "This means that the applicant must apply again.",
        "By all means contact the office.",
        "It includes a form and a fee.",
        "If the answer is no, this refers to the second step.",
        "The applicant has means to pay the rent.",
    ],
)
def test_a_sentence_that_defines_nothing(text: str) -> None:
    assert definitions(passage(text)) == []


def test_a_definition_goes_on_through_its_list() -> None:
    text = '"Covered employer" means:\n(A) an employer; or\n(B) a person who opted in.\n(2) Next.\nOther text.'
    (definition,) = definitions(passage(text))
    assert definition.text == "(A) an employer; or\n(B) a person who opted in.\n(2) Next."
    assert text[definition.start : definition.end] == definition.text


def test_the_scope_of_a_definition_is_kept() -> None:
    (definition,) = definitions(passage('In this Part, "dwelling" means any building used as a home.'))
    assert definition.scope == "In this Part"
    assert definition.key == "dwelling"


def test_a_heading_under_a_glossary_is_a_term() -> None:
    (definition,) = definitions(
        passage("A party that relies on an assertion. More.", "A.1 Definitions", "Relying Party (RP)")
    )
    assert (definition.key, definition.text) == ("relying party", "A party that relies on an assertion.")


def test_a_glossary_line_counts_only_under_a_glossary() -> None:
    text = "Applicant: A subject undergoing the process of enrolment."
    assert [definition.key for definition in definitions(passage(text, "Glossary"))] == ["applicant"]
    assert definitions(passage(text, "Scope")) == []


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("the credential service provider (CSP) shall", "CSP", "credential service provider"),
        ("an Authenticator Assurance Level (AAL) is", "AAL", "Authenticator Assurance Level"),
        ("Office of Management and Budget (OMB) memo", "OMB", "Office of Management and Budget"),
        ("issue identity providers (IdPs) with", "IdPs", "identity providers"),
        ("use a one-time password (OTP; see 5.1)", "OTP", "one-time password"),
        (
            "NIST (National Institute of Standards and Technology) says",
            "NIST",
            "National Institute of Standards and Technology",
        ),
        ("an Adobe portable document format (PDF) file", "PDF", "portable document format"),
    ],
)
def test_an_abbreviation_is_expanded(text: str, short: str, long: str) -> None:
    (found,) = abbreviations(passage(text))
    assert (found.short, found.long) == (short, long)
    assert text[found.start : found.end] == short


@pytest.mark.parametrize(
    "text", ["see the table (Table 3)", "the fee (USD)", "a landlord (or owner)", "the rule (2019)"]
)
def test_brackets_that_expand_nothing(text: str) -> None:
    assert abbreviations(passage(text)) == []


def test_a_long_form_is_not_longer_than_schwartz_and_hearst_allow() -> None:
    assert long_form("AB", "a very long and winding road to the last big") is None


def test_a_name_in_brackets() -> None:
    text = (
        'The District of Columbia Housing Authority (the "Authority") and tenants (collectively, the "Parties") agree.'
    )
    assert [(term, text[start : start + len(term)]) for term, start in named_in_brackets(text)] == [
        ("Authority", "Authority"),
        ("Parties", "Parties"),
    ]
