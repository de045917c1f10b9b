"""heredity verify: the recorded bytes come out again, or it says which do not."""


def test_members_of_both_arms_come_out_again(finished):
    said = finished.run("heredity", "verify", "--sample", "99")
    assert said.count("the same bytes") == 6  # two generations and a control of two
    assert finished.run("heredity", "verify", "second", "m01", "--control").startswith("second m01 of the control: the")


def test_a_model_that_does_not_come_out_is_named(project):
    models = project.path / "lineage/second/models"
    (models / "m01.zip").unlink()
    (models / "m01.zip").write_bytes((models / "m00.zip").read_bytes())
    said = project.run("heredity", "verify", "second", code=2)
    assert "second m00: the same bytes" in said
    assert "error: 1 of 2 members came out otherwise: second m01: expected" in said


def test_names_that_nobody_has_are_refused(finished):
    said = finished.run("heredity", "verify", "third", code=2)
    assert said == "error: expected a generation out of first, second, got 'third'\n"
    said = finished.run("heredity", "verify", "first", "m07", code=2)
    assert said == "error: expected a member from m00 to m01, got 'm07'\n"
    said = finished.run("heredity", "verify", "--root", "nowhere", code=2)
    assert said == "error: nowhere: expected the models of a study that has run, found none; type: dvc repro\n"
