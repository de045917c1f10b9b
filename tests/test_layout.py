"""Where a study's controls lie."""

from pathlib import Path

from heredity.layout import Layout, control_arm, control_name


def test_every_control_has_a_folder_like_that_of_the_generations_own_members():
    arm = Layout().control("large", "tuned")
    assert arm == Layout().arm("large", control_arm("tuned"))
    assert arm.curves == Path("lineage/large/control/tuned/curves.csv")
    assert arm.gate == Path("lineage/large/control/tuned/gate.json")
    assert Layout().gate("large") == Path("lineage/large/gate.json")
    assert Layout().control_names("large") == Path("lineage/large/control/controls.json")
    assert Layout().controls("large") in Layout().outputs("large")


def test_an_arm_says_which_control_it_is():
    assert control_name(control_arm("tuned")) == "tuned"
    assert [control_name(arm) for arm in ("inherited", "extension")] == [None, None]
