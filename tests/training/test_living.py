"""What files tell of a generation's members is held against its births and its failures."""

import pytest

from heredity.errors import TrainingError
from heredity.evaluation.failures import Failure, write_failures
from heredity.inheritance.pedigree import Birth, Births, write_births
from heredity.layout import Layout
from heredity.training.living import refuse_others


@pytest.fixture
def layout(tmp_path):
    """Return a study whose first generation has three members, of whom one failed."""
    layout = Layout(tmp_path)
    heirs = tuple(Birth(name, (), "fresh", {}, (), "0", 0, 0.0) for name in ("m00", "m01", "m02"))
    write_births(layout.pedigree("first"), Births("first", "founders", heirs))
    write_failures(layout.arm("first", "inherited").training_failures, [Failure("m02", 1, "diverged")])
    return layout


@pytest.mark.parametrize("told", [["m00", "m01"], ["m00", "m01", "m02"]])
def test_those_who_lived_are_told_and_those_who_failed_may_be(layout, told):
    refuse_others(layout.arm("first", "inherited").curves, told, layout, "first")


@pytest.mark.parametrize(
    ("told", "message"),
    [
        (["m00", "m01", "m88"], r"curves\.csv: expected members that were born, got m88; type: dvc repro"),
        (["m00"], r"curves\.csv: expected m01, which lived, got m00; type: dvc repro"),
        ([], r"curves\.csv: expected m00, which lived, got nobody"),
    ],
)
def test_strangers_and_missing_members_are_refused_by_file_and_name(layout, told, message):
    with pytest.raises(TrainingError, match=message):
        refuse_others(layout.arm("first", "inherited").curves, told, layout, "first")
