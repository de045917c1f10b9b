from dataclasses import replace

import pytest

from heredity.report.methods import methods


def test_the_methods_paragraph_states_the_studys_numbers(results):
    text = methods(results)
    assert "2 generations of 3 members each" in text
    assert "PPO (MlpPolicy, 2 environments per member, n_steps 32)" in text
    assert "second (after first) learned CartPole-v1 for at most 1,000 environment steps per member" in text
    assert "the best 2 of those that passed" in text
    assert "second (1,000 steps per member)" in text
    assert "survivors (the first 16 in the gate's order) are over 100 further episodes that did not choose them" in text
    assert "study seed 7" in text


def test_the_methods_paragraph_says_what_every_control_was(several):
    text = methods(several.compared())
    assert (
        "seeds of their own: scratch on second (1,000 steps per member), longer on second (2,000 steps per member), "
        in text
    )
    picked = "(6,000 steps per member; by PPO, n_steps 64; those compared that pass the generation's gate, or the best"
    assert f"picked on second {picked}" in text


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        ("lineages", "over lineages, the datum of each being the mean over its members; the primary outcome (mean "
         "steps to the threshold) was tested by a permutation of lineages (unpaired, exact)"),
        ("members", "over members; the primary outcome"),
        ("parents", "over the inherited members' parents and the controls; nothing was tested"),
    ],
)  # fmt: skip
def test_the_methods_paragraph_says_what_was_counted_and_tested(written, unit, words):
    written.transfers["second"] = replace(written.transfers["second"], unit=unit)
    assert words in methods(written.write())


def test_the_methods_paragraph_says_how_often_the_lineage_was_repeated(results):
    repeated = replace(results, study=results.study.model_copy(update={"lineages": 6}))
    assert "3 members each, the whole lineage 6 times over from independent seeds, with heredity" in methods(repeated)
    assert "Controls of 3 members per lineage learned" in methods(repeated)


def test_the_methods_say_how_heritability_was_measured(written, results):
    text = methods(results)
    assert "S is the parents' mean return over episodes that did not choose them less that of all members" in text
    assert "less that of fresh weights, where no heritability was estimated; intervals are Student's given the" in text
    second = results.outcomes[1]
    heritability = replace(second.heritability, baseline="children of random members", unit="lineages")
    transfer = replace(second.transfer, heritability=heritability)
    of_lineages = replace(results, outcomes=(results.outcomes[0], replace(second, transfer=transfer)))
    text = methods(of_lineages)
    assert "children of random members, where its ratio to S is the heritability; intervals are Student's over" in text
    unknown = replace(transfer, heritability=None)
    alone = replace(results, outcomes=(results.outcomes[0], replace(second, transfer=unknown)))
    assert "Student's" not in methods(alone)
