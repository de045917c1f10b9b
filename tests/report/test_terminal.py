"""Gates and pedigrees on the terminal; the commands that print them are tested in tests/cli."""

from dataclasses import replace

from rich.console import Console

from heredity.gate.decision import decide
from heredity.gate.record import GateRecord, LineageGate
from heredity.inheritance.pedigree import Pedigree, read_pedigree
from heredity.report.side_by_side import drawn_revisions
from heredity.report.terminal import (
    drawn_gate,
    drawn_pedigree,
    drawn_tree,
    print_confirmed,
    print_gate,
    shown,
    stored_confirmations,
    stored_ends,
    stored_gates,
)
from heredity.study.gate_rule import GateRule
from heredity.transfer.spending import stored_seconds


def printed(drawn):
    console = Console(width=160)
    with console.capture() as captured:
        console.print(drawn)
    return captured.get()


def test_a_gate_has_members_by_mean_then_null_policies():
    decision = decide(
        {"m00": [1.0, 2.0], "m01": [5.0, 6.0]}, GateRule(rule="mean"), threshold=4.0,
        null_returns={"constant": [0.0, 0.0], "random": [1.0, 1.0]},
    )  # fmt: skip
    said = printed(drawn_gate("small", decision))
    assert said.startswith(
        "small: m01 may have heirs; on the gate's episodes 2 better than all members, of a best mean"
    )
    lines = [line for line in said[said.index("Reason") :].splitlines()[2:] if line.strip()]
    assert [line.split()[0] for line in lines] == ["m01", "m00", "random", "constant"]
    assert lines[0].split()[-7:] == ["yes", "yes", "mean", "5.5", "≥", "threshold", "4"]


def test_what_was_confirmed_is_printed_beside_what_the_gate_saw(results, written, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "250")
    print_confirmed("first", written.layout)
    said = " ".join(capsys.readouterr().out.split())
    assert "m00, m01 may have heirs; the chance that one of 3 members passes who is not above the bar is" in said
    assert "; m00 has a mean of 101.0 [14.8, 441.4] over 2 episodes that did not choose" in said
    assert "m01 4 100.0 103.0 [15.1, 441.7] 95.0" in said
    written.layout.confirmation("first").unlink()
    print_confirmed("first", written.layout)
    assert capsys.readouterr().out == ""


def test_a_generation_that_never_came_has_no_gate_to_print(capsys):
    print_gate("large", GateRecord(ended="nobody passed the gate of small"))
    assert capsys.readouterr().out == "large never came: nobody passed the gate of small.\n"


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


def test_free_text_is_printed_as_it_is_written_and_steers_nothing(results, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    shown_plainly = r"[red]x[/red] [link=https://example.org]y[/link] \x1b[2Jz \u202egpj error: w"
    print_gate("large", GateRecord(ended=STEERING))
    decision = results.outcomes[0].gate
    harmed = {name: replace(each, reason=STEERING) for name, each in decision.candidates.items()}
    print_gate("first", replace(decision, candidates=harmed))
    said = " ".join(capsys.readouterr().out.split())
    tree = printed(drawn_tree(results.study, Pedigree({}), {}, {"first": STEERING, "second": STEERING}))
    table = printed(drawn_revisions({STEERING: {"second": results.outcomes[1].transfer}}))
    assert said.count(shown_plainly) == 4
    for text in (said, tree, table):
        assert shown_plainly.split(" \\")[0] in " ".join(text.split())
        assert not {"\x1b[2J", "\u202e"} & {text[place : place + 4] for place in range(len(text))}
        assert "\u202e" not in text


def test_every_comparison_is_shown_and_two_studies_beside_each_other(several):
    results = several.compared()
    text = printed(shown(results, stored_seconds(several.plan(), several.layout, results.pedigree)))
    assert [text.count(f"against {name}, the") for name in ("scratch", "longer", "picked")] == [1, 1, 1]
    transfers = {outcome.name: outcome.transfer for outcome in results.outcomes if outcome.transfer}
    compared = printed(drawn_revisions({"HEAD": transfers, "workspace": transfers}))
    assert [line for line in compared.splitlines() if line.startswith("second")] == [
        "second", "second against longer", "second against picked",
    ]  # fmt: skip


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
