"""Every English text that a page asks for is there, and none is asked for by a name that is not."""

import re
from pathlib import Path

import pytest

import groundsmith.studio
from groundsmith.studio.words import counted, said, say

FOLDER = Path(groundsmith.studio.__file__).parent
_NAMED = re.compile(r"""\bsay\(\s*["']([\w.-]+)["']\s*[,)]""")
_COUNTED = re.compile(r"""\bcounted\([^"']*["'](\w+)["']\)""")


def sources():
    return [path for path in FOLDER.rglob("*") if path.suffix in (".py", ".jinja")]


def test_every_text_asked_for_is_there():
    missing = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        for name in _NAMED.findall(text):
            try:
                say(name)
            except KeyError:
                missing.append((path.name, name))
        for name in _COUNTED.findall(text):
            assert counted(2, name).startswith("2 ")
    assert missing == []


def test_a_text_is_filled_in_and_a_wrong_name_is_an_error():
    assert say("count.row.many", n="2,000") == "2,000 rows"
    assert counted(1, "row") == "1 row"
    assert said("verdict.nonsense", "as it came") == "as it came"
    with pytest.raises(KeyError):
        say("no.such.text")
    with pytest.raises(KeyError):
        say("verdict")
