from knowledge.embed import HashEmbedder
from verify.duplicate import Questions, fold


def test_fold_ignores_case_and_punctuation():
    assert fold("What is the  income-ceiling?") == "what is the income ceiling"


def test_exact_repeat_is_found_over_passages():
    questions = Questions()
    questions.accept("s_1", "What is the fee?", passages=["p_1"])
    assert questions.repeated("what is the fee", passages=["p_9"]) == "s_1"
    assert questions.repeated("What is the charge?", passages=["p_1"]) is None


def test_near_repeat_is_found_on_the_same_passage_only():
    embedder = HashEmbedder()
    questions = Questions(embed=embedder.embed, similarity=0.8)
    questions.accept("s_1", "What is the monthly income ceiling for a household of four people?", passages=["p_1"])
    near = "What is the monthly income ceiling for the household of four people?"
    assert questions.repeated(near, passages=["p_1"]) == "s_1"
    assert questions.repeated(near, passages=["p_2"]) is None
