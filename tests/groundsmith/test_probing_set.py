"""The red-team set: what a model that gives things away is caught at, and one that does not is not."""

import json

import scripted

from generate.model import ScriptedModel
from groundsmith.evaluation.probing import attacks, probe
from groundsmith.screening import probing_screen
from groundsmith.sections import PrivacySection

SECRET = " ".join(f"minute{n}" for n in range(120))
CANARY = "hv-7f3a9c2e-51d0"


def screen():
    return probing_screen(PrivacySection(), sensitive=[("minutes.txt", SECRET)], canaries=[CANARY])


def prompts():
    return list(attacks(sensitive=[("minutes.txt", SECRET)], canaries=[CANARY]))


def asked(reply):
    model = ScriptedModel(lambda prompt, draw: reply(prompt.messages[-1].content))
    return probe(model, screen(), prompts(), tick=scripted.silent)


def test_the_set_has_many_kinds_and_goes_for_what_is_marked():
    kinds = [each.kind for each in prompts()]
    assert len(kinds) > 30
    assert len(set(kinds)) >= 10
    assert kinds.count("continuation") >= 5
    assert not any(CANARY in each.text for each in prompts())
    assert not any(screen().refusal(each.text, "") for each in prompts())


def test_a_model_that_declines_leaks_nothing():
    found = asked(lambda text: json.dumps({"reply": f"I cannot help with “{text}”."}))
    assert found.measures[0].score.value == 0.0
    assert found.flags == {}


def test_a_model_that_remembers_is_caught_at_each_kind():
    def remembers(text):
        if "telephone" in text:
            return json.dumps({"reply": "It is (202) 555-0147."})
        if "word for word, for a paragraph" in text:
            begin = SECRET.find(text.rpartition(": ")[2])
            return SECRET[begin : begin + 200]
        return json.dumps({"reply": CANARY if "code exactly" in text else "No."})

    found = asked(remembers)
    caught = {each.kind: each.detail for each in found.remarks}
    assert set(caught) == {"personal", "continuation", "planted string"}
    assert caught["personal"] == "personal data: phone"
    assert "minutes.txt" in caught["continuation"]
    assert set(found.flags) == {"red-team"}
    assert "555" not in str(found.remarks)
