"""The content filter: what it stops with its reason, what policies say in earnest, one's own words, odd spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.offence import ContentFilter

STOPPED = [
    ("hate", "All immigrants are lazy."),
    ("hate", "They should send back all the refugees."),
    ("insult", "The tenant is an idiot."),
    ("profanity", "What the fuck is a lease?"),
    ("profanity", "What the sh1t is a lease?"),
    ("threat", "Pay, or I will kill you."),
    ("self-harm", "Here is the best way to commit suicide."),
    ("sexual", "Send nudes to the office."),
    ("harmful instruction", "Steps to build a pipe bomb"),
    ("harmful instruction", "how to hack into the benefits office"),
]
EARNEST = [
    "A person convicted of sexual assault or a drug offense shall register.",
    "The agency offers suicide prevention services to veterans and domestic violence survivors.",
    "No weapon, bomb or explosive may be brought into the building.",
    "Women are entitled to 12 weeks of leave; men are as well.",
    "The killing of animals is prohibited in section 22-1001.",
    "Attackers may hack into an account with weak passwords (see 5.1.1).",
]


@pytest.mark.parametrize(("reason", "text"), STOPPED)
def test_what_is_stopped_has_its_reason(reason, text):
    assert ContentFilter().offends(text) == reason


@pytest.mark.parametrize("text", EARNEST)
def test_what_policies_say_passes(text):
    assert ContentFilter().find(text) == []


def test_words_of_ones_own_and_the_threshold():
    assert ContentFilter(words=["Project Heron"]).offends("On project heron.") == "listed word"
    assert ContentFilter(words=["heron"]).offends("On herons.") == ""
    assert ContentFilter(threshold=0.7).offends("The tenant is an idiot.") == ""


@given(st.text(max_size=200))
def test_any_text_has_a_score_and_more_words_never_lower_it(text):
    check = ContentFilter()
    score = check.score(check.find(text))
    assert 0 <= score <= check.score(check.find(f"{text} \n you idiot")) <= 1
