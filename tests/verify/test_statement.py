"""The statement that a question and its answer make together."""

import pytest

from verify.statement import statement

CASES = [
    (
        "What is the monthly income ceiling for a household of four?",
        "$5,400",
        "The monthly income ceiling for a household of four is $5,400.",
    ),
    ("What is required for renewal?", "A signed form", "A signed form is required for renewal."),
    ("What are the required documents?", "a photo ID", "The required documents are a photo ID."),
    ("What is the form used for?", "tax relief", "The form is used for tax relief."),
    ("Must an applicant be 21?", "Yes", "An applicant must be 21."),
    ("Must an applicant be 21?", "No", "An applicant need not be 21."),
    ("Can tenants appeal?", "No.", "Tenants cannot appeal."),
    ("Does the program cover children under 6?", "Yes", "The program covers children under 6."),
    ("Does the program cover children under 6?", "No", "The program does not cover children under 6."),
    ("Has the applicant paid the fee?", "No", "The applicant has not paid the fee."),
    ("Are cookies used?", "Yes, on all pages", "Cookies are used, on all pages."),
    (
        "Can an employee who has worked 90 days take sick leave?",
        "Yes",
        "An employee who has worked 90 days can take sick leave.",
    ),
    ("Is the fee refundable?", "No, the fee is not refundable.", "The fee is not refundable."),
    (
        "Who must sign the application form?",
        "The head of household",
        "The head of household must sign the application form.",
    ),
    (
        "Which agency administers the program?",
        "The Department of Housing",
        "The Department of Housing administers the program.",
    ),
    ("When must the report be filed?", "March 1", "The report must be filed on March 1."),
    ("When did Henry issue the Edict of Nantes?", "1598", "Henry issued the Edict of Nantes in 1598."),
    ("When is the hearing?", "within 30 days", "The hearing is within 30 days."),
    ("Where must the form be submitted?", "The county office", "The form must be submitted in the county office."),
    ("How many days does an applicant have to appeal?", "30", "An applicant has 30 days to appeal."),
    ("How much does the tenant have to pay?", "$50", "The tenant has to pay $50."),
    ("How long does the review take?", "Two weeks", "The review takes two weeks."),
    ("How long does a denied applicant have to appeal?", "15 days", "A denied applicant has 15 days to appeal."),
    ("How long may records be kept?", "five years", "Records may be kept for five years."),
    ("How does a tenant appeal?", "Filing a form", "A tenant appeals by filing a form."),
    ("Why was the permit denied?", "the fee was not paid", "The permit was denied because the fee was not paid."),
    ("In what year did William III become King of England?", "1672", "William III became King of England in 1672."),
    ("To whom must the report be sent?", "the Mayor", "The report must be sent to the Mayor."),
    ("What must a tenant do to appeal?", "File a written request", "A tenant must file a written request to appeal."),
    (
        "What documents must an applicant submit with the form?",
        "a photo ID and proof of income",
        "An applicant must submit a photo ID and proof of income with the form.",
    ),
    (
        "If a household has five members, what is the income limit?",
        "$6,000",
        "If a household has five members, the income limit is $6,000.",
    ),
    ("According to the policy, how many hours are required?", "20", "20 hours are required."),
    ("What percentage of income may rent not exceed?", "30%", "Rent may not exceed 30%."),
    ("When does the permit expire?", "It expires after two years.", "The permit expires after two years."),
    ("What is the deadline?", "It is March 1, 2024.", "The deadline is March 1, 2024."),
    ("Telnet used what interface technology", "X.25", "Telnet used X.25."),
    ("Which city was John Calvin born in?", "Geneva", "John Calvin was born in Geneva."),
    ("What's the deadline for renewal?", "May 1", "The deadline for renewal is May 1."),
    ("The tenant must pay ____.", "the fee", "The tenant must pay the fee."),
    ("How many members were there in 1998?", "two million", "There were two million members in 1998."),
    ("What color is the permit?", "Red", "The permit is Red."),
    ("Who first fully explained the rule?", "The Board", "The Board first fully explained the rule."),
    ("What did the Board not approve?", "the budget", "The Board did not approve the budget."),
    ("A household contains how many members?", "four", "A household contains four members."),
    ("Besides rent, what must a tenant pay?", "the deposit", "Besides rent, a tenant must pay the deposit."),
    ("What happens if the fee is late?", "A penalty of $25 is added.", "A penalty of $25 is added."),
]

ODD = [
    ("", "Fees are due.", "Fees are due."),
    ("Who?", "", ""),
    ("   ", "  ", ""),
    ("What?", "x", "What: x."),
    ("fee amount", "$5", "Fee amount: $5."),
    ("???", "ok", "Ok."),
    ("What is\n the  fee ?", " $5. ", "The fee is $5."),
]


@pytest.mark.parametrize(("question", "answer", "expected"), CASES + ODD)
def test_says_question_and_answer_in_one_sentence(question, answer, expected):
    assert statement(question, answer) == expected


@pytest.mark.parametrize(("question", "answer"), [(q, a) for q, a, _ in CASES])
def test_a_statement_of_a_statement_is_itself(question, answer):
    once = statement(question, answer)
    assert statement("", once) == once


@pytest.mark.parametrize(
    "question", ["Is?", "To what?", "How many?", "How?", "What is?", "When, where, why?", "¿Qué?", "Does the"]
)
@pytest.mark.parametrize("answer", ["yes", "No", "$4", "a", ".", "?", "It is.", "They"])
def test_keeps_every_figure_of_odd_input(question, answer):
    assert isinstance(statement(question, answer), str)
