"""heirs/pedigree.json: what no stage records is refused by key."""

import json

import pytest

from heredity.errors import HeredityError
from heredity.inheritance.pedigree import read_births
from tests.transfer.test_record import put

BIRTH = {
    "child": "m00", "parents": ["m01"], "operator": "copy", "parts": {"actor": "keep"}, "parent_hashes": ["ab"],
    "child_hash": "cd", "seed": 1, "inherited_fraction": 1.0,
}  # fmt: skip
PEDIGREE = {"generation": "second", "after": "first", "heirs": [BIRTH]}


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("after", "../../other", r"after: String should match pattern"),
        ("heirs.0.child", "a b", r"heirs\.0\.child: String should match pattern"),
        ("heirs.0.parent_hashes", [], r"m00: expected a hash for each parent, got 0"),
        ("heirs", [BIRTH, BIRTH], r"expected every heir once, got m00 twice"),
        ("heirs.0.inherited_fraction", 2, r"heirs\.0\.inherited_fraction: Input should be less than or equal to 1"),
        ("heirs.0.upbringing", "kickstart", r"heirs\.0\.upbringing: Input should be"),
        ("heirs.0.operator", "[/red]", r"heirs\.0\.operator: String should match pattern"),
    ],
)
def test_births_that_no_stage_records_are_refused_by_key(tmp_path, key, value, message):
    (tmp_path / "pedigree.json").write_text(json.dumps(put(PEDIGREE, key, value)))
    with pytest.raises(HeredityError, match=rf"pedigree\.json: .*{message}"):
        read_births(tmp_path / "pedigree.json")
