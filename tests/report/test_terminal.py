"""Outcomes and pedigrees on the terminal; the commands that print them are tested in tests/cli."""

from dataclasses import replace

from rich.console import Console

from heredity.gate.record import GateRecord, LineageGate
from heredity.inheritance.pedigree import Pedigree, read_pedigree
from heredity.report.terminal import (
    drawn_pedigree,
    drawn_tree,
    shown,
    stored_confirmations,
    stored_ends,
    stored_gates,
)
from heredity.transfer.spending import stored_seconds


def printed(drawn):
    console = Console(width=160)
    with console.capture() as captured:
        console.print(drawn)
    return captured.get()


def test_a_pedigree_is_drawn_before_every_gate_has_decided(written):
    written.write_lineage()
    for name in ("gate", "confirmation"):
        getattr(written.layout, name)("second").unlink()
    study, pedigree = written.loaded(), read_pedigree(written.layout.lineage)
    gates = stored_gates(study, written.layout)
    assert list(gates) == ["first"]
    confirmations = stored_confirmations(study, written.layout)
    assert confirmations["second"] == {}
    said = printed(drawn_tree(study, pedigree, gates, stored_ends(study, written.layout), confirmations))
    lines = [" ".join(line.split()) for line in said.splitlines()]
    digest = pedigree.births["second", "m00"].child_hash[:8]
    assert lines[0] == "tiny: founders"
    assert "first m00 fresh 101.0 [14.8, 441.4]" in lines[1]
    assert lines[2].endswith(f"second m00 copy {digest}")


def test_the_number_of_a_survivor_is_confirmed_or_missing_and_of_others_the_gates(results):
    lines = [" ".join(line.split()) for line in printed(drawn_pedigree(results)).splitlines()]
    assert any("second m01 copy 103.0 [15.1, 441.7] " in line for line in lines)
    assert any("second m02 fresh 20 " in line for line in lines)
    gates = {outcome.name: outcome.gate for outcome in results.outcomes}
    bare = printed(drawn_tree(results.study, results.pedigree, gates, {}))
    digest = results.pedigree.births["second", "m01"].child_hash[:8]
    assert f"second m01  copy  {digest}" in bare


def test_a_generation_that_never_came_is_a_leaf_that_says_why(written):
    written.write_lineage()
    drawn = drawn_tree(written.loaded(), read_pedigree(written.layout.lineage), {}, {"second": "nobody passed"})
    assert printed(drawn).splitlines()[-1].endswith("second never came: nobody passed")


def test_the_tree_says_what_an_heir_did_at_birth_against_its_parents(results):
    births = {
        place: replace(birth, zero_shot=8.8, parents_zero_shot=19.9) if birth.parents else birth
        for place, birth in results.pedigree.births.items()
    }
    assert "copy  zero-shot 8.8 of its parent's 19.9" in printed(
        drawn_pedigree(replace(results, pedigree=Pedigree(births)))
    )


STEERING = "[red]x[/red] [link=https://example.org]y[/link] \x1b[2Jz \u202egpj\nerror: w"


def test_free_text_is_drawn_as_it_is_written_and_steers_nothing(results):
    tree = printed(drawn_tree(results.study, Pedigree({}), {}, {"first": STEERING, "second": STEERING}))
    assert r"[red]x[/red] [link=https://example.org]y[/link]" in " ".join(tree.split())
    assert "\x1b[2J" not in tree
    assert "\u202e" not in tree


def test_every_comparison_is_shown(several):
    results = several.compared()
    text = printed(shown(results, stored_seconds(several.plan(), several.layout, results.pedigree)))
    assert [text.count(f"against {name}, the") for name in ("scratch", "longer", "picked")] == [1, 1, 1]


def test_of_several_lineages_every_one_is_a_branch_or_the_named_one_alone(written):
    written.study["lineages"] = 2
    written.write_lineage()
    birth = read_pedigree(written.layout.lineage).births["first", "m00"]
    names = ("l00/m00", "l01/m00")
    pedigree = Pedigree({("first", name): replace(birth, child=name) for name in names})
    gate = GateRecord(lineages={"l00": LineageGate(ended="none of its 1 members passed"), "l01": LineageGate()})
    both = printed(drawn_tree(written.loaded(), pedigree, {"first": gate}, {})).splitlines()
    assert [line.strip("│├└─ ").split("  ")[0] for line in both] == [
        "tiny: founders", "l00", "first l00/m00", "first: none of its 1 members passed", "l01", "first l01/m00"
    ]  # fmt: skip
    alone = printed(drawn_tree(written.loaded(), pedigree, {"first": gate}, {}, lineages=["l01"]))
    assert "l00" not in alone
    assert "first l01/m00" in alone
