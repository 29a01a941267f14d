import threading

import pytest

from generate.local import KNOWN_MODELS, LocalModel, find_gguf, pull, verify_weights
from generate.prompt import compose
from generate.sample import Draft, parse
from generate.task import PRESETS
from knowledge.document import Passage
from knowledge.errors import MissingModel

TEXT = "A tenant must request a hearing in writing within 14 days after receiving the notice."
PASSAGE = Passage(id="p_1", document_id="d_1", version=1, ordinal=0, start=0, end=len(TEXT), text=TEXT)
PROMPT = compose(PRESETS["question_answer"], passages=[PASSAGE], max_tokens=150)


@pytest.fixture(scope="module")
def weights():
    try:
        return find_gguf()
    except MissingModel as missing:
        pytest.skip(str(missing))


@pytest.mark.model
class TestWithTheRealModel:
    def test_the_installed_weights_are_the_known_ones(self, weights):
        verify_weights(weights, KNOWN_MODELS["smollm2-135m"])

    def test_it_answers_in_form_from_several_threads_and_stops(self, weights):
        pytest.importorskip("xllamacpp")
        with LocalModel(weights, slots=2, threads=1, seed=3) as model:
            found = []
            threads = [
                threading.Thread(target=lambda draw=draw: found.append(model.complete(PROMPT, draw=draw)))
                for draw in (0, 1)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert [completion.model for completion in found] == ["SmolLM2-135M-Instruct.Q4_1"] * 2
        assert all(completion.text.lstrip().startswith("{") and completion.output_tokens for completion in found)
        whole = [each for each in found if each.finish == "stop"]
        assert all(isinstance(parse(each, PRESETS["question_answer"]), Draft) or each.text for each in whole)
        with pytest.raises(MissingModel, match="stopped"):
            model.complete(PROMPT, draw=0)

    def test_the_server_asks_for_its_key_and_listens_on_loopback_only(self, weights):
        pytest.importorskip("xllamacpp")
        import httpx

        with LocalModel(weights, slots=1, threads=1) as model:
            address = model.address
            assert address.startswith("http://127.0.0.1:")
            assert httpx.post(f"{address}/v1/chat/completions", json={"messages": []}).status_code == 401

    def test_it_can_be_stopped_at_once_and_twice(self, weights):
        pytest.importorskip("xllamacpp")
        for _ in range(5):
            model = LocalModel(weights, slots=1, threads=1)
            model.close()
            model.close()

    def test_parameters_do_not_hold_the_port(self, weights):
        pytest.importorskip("xllamacpp")
        with LocalModel(weights, slots=1, threads=1, seed=7) as model:
            assert model.parameters == {"bytes": KNOWN_MODELS["smollm2-135m"].size, "seed": 7, "temperature": None}


def test_a_path_and_the_folders_come_first(tmp_path):
    file = tmp_path / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    file.parent.mkdir()
    file.write_bytes(b"GGUF")
    assert find_gguf(file) == file
    assert find_gguf("smollm2-135m", folders=[tmp_path / "models"]) == file
    other = tmp_path / "models" / "mine.gguf"
    other.write_bytes(b"GGUF")
    assert find_gguf("mine", folders=[tmp_path / "models"]) == other


def test_a_missing_model_says_how_to_get_it(tmp_path):
    with pytest.raises(MissingModel, match="known: smollm2-135m"):
        find_gguf("nothing", folders=[tmp_path])
    with pytest.raises(MissingModel, match="no known model"):
        pull("nothing")


def test_weights_that_differ_are_refused(tmp_path):
    file = tmp_path / "x.gguf"
    file.write_bytes(b"GGUF and more")
    with pytest.raises(MissingModel, match="13 bytes"):
        verify_weights(file, KNOWN_MODELS["smollm2-135m"])


@pytest.mark.parametrize("content", [b"", b"not a model"])
def test_a_file_that_is_no_model_is_refused_before_it_is_loaded(tmp_path, content):
    file = tmp_path / "x.gguf"
    file.write_bytes(content)
    with pytest.raises(MissingModel, match="not a GGUF"):
        LocalModel(file)
    with pytest.raises(MissingModel, match="no such file"):
        LocalModel(tmp_path / "absent.gguf")
