"""What a pedigree says of itself, in a line and in a notebook."""

from dataclasses import replace

from heredity.inheritance.pedigree import Birth, Pedigree
from tests.shown_html import HOSTILE, read

FOUNDER = Birth("m00", (), "fresh", {}, (), "f" * 64, 1, 0.0, generation="small", after="founders")
HEIR = Birth("m01", ("m00",), "copy", {}, ("f" * 64,), "0" * 64, 2, 1.0, 0.5, 0.75, generation="large", after="small")


def pedigree(*births):
    return Pedigree({(birth.generation, birth.child): birth for birth in births})


def test_a_pedigree_says_how_many_births_there_are_and_where():
    assert repr(pedigree(FOUNDER, HEIR)) == "Pedigree(2 births in small, large)"
    assert repr(pedigree()) == "Pedigree(no births)"


def test_a_notebook_shows_who_descends_from_whom():
    rows, _ = read(pedigree(FOUNDER, HEIR)._repr_html_())
    assert rows[1:] == [
        ["small", "m00", "fresh weights", "fresh", "0", "", "", "ffffffff"],
        ["large", "m01", "small m00", "copy", "1", "0.5", "0.75", "00000000"],
    ]


def test_names_are_text_in_both():
    strange = replace(HEIR, child=HOSTILE, parents=(HOSTILE,), generation="\x1b[2J")
    rows, _ = read(pedigree(strange)._repr_html_())
    assert rows[1][:3] == ["\\x1b[2J", HOSTILE, f"small {HOSTILE}"]
    assert "\x1b" not in repr(pedigree(strange))
