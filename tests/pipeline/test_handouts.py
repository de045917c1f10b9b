"""What was handed out before, by this version or another."""

from heredity.pipeline.handouts import stale_stages


def test_what_another_version_handed_out_is_stale_and_no_error(tmp_path):
    folder = tmp_path / "study" / "first"
    folder.mkdir(parents=True)
    (folder / "inherit.json").write_text('{"generation": "first"}')
    (folder / "train.json").write_text("no JSON at all")
    assert stale_stages(tmp_path) == ["inherit", "train"]
