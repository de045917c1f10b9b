"""An extension is whole, or is refused: its steps, its models, and the decision that asked for it."""

import pytest

from heredity.errors import HeredityError
from heredity.files import write_json
from heredity.gate.extension import extension_steps, final_arm
from heredity.layout import Layout


@pytest.fixture
def layout(tmp_path):
    """Return the layout of a study whose first generation was extended by 64 steps."""
    layout = Layout(tmp_path)
    layout.arm("first", "extension").models.mkdir(parents=True)
    write_json(layout.extension_steps("first"), 64)
    write_json(layout.extension_record("first"), {"budget_steps": 64, "first": {}})
    return layout


def test_members_lie_where_their_last_training_left_them(layout):
    assert final_arm(layout, "first") == layout.arm("first", "extension")
    assert final_arm(layout, "second") == layout.arm("second", "inherited")
    assert extension_steps(layout, "second") == 0


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (
            lambda lay: lay.extension_record("first").unlink(),
            r"asked\.json: expected an extension of 64 steps, got none",
        ),
        (
            lambda lay: lay.arm("first", "extension").models.rmdir(),
            "models: expected an extension of 64 steps, got none",
        ),
        (
            lambda lay: write_json(lay.extension_steps("first"), 6),
            r"asked\.json: expected an .* of 6 steps, got one of 64",
        ),
        (lambda lay: write_json(lay.extension_steps("first"), 0), r"models: expected no extension, .*, got one"),
        (
            lambda lay: lay.extension_steps("first").unlink(),
            "models: expected no extension, .*, got one; type: dvc repro",
        ),
    ],
)
def test_an_extension_of_which_a_part_is_missing_is_refused(layout, harm, message):
    harm(layout)
    with pytest.raises(HeredityError, match=message):
        final_arm(layout, "first")


def test_a_link_to_nothing_is_no_missing_extension(layout):
    path = layout.extension_steps("second")
    path.parent.mkdir(parents=True)
    path.symlink_to("/nowhere")
    with pytest.raises(HeredityError, match=r"steps\.json: expected what its stage writes, got no such file"):
        final_arm(layout, "second")
