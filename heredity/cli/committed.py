"""Whether what lies here is byte for byte what the committed dvc.lock says."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from hashlib import md5
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from heredity.layout import LOCK, Layout
from heredity.pipeline.stage_times import handed_files
from heredity.reading import read_text

SAID = "Every result here is byte for byte that of the committed dvc.lock."


def as_committed(project: Path) -> bool:
    """Say whether a project's dvc.lock is its commit's, and every output that it names is here with the hash it names.

    False where there is no git, no commit, or no lock. Of generations that the study has no more, whose stages DVC
    keeps in the lock, nothing is asked.
    """
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, YAMLError):
        asked = ["git", "show", f"HEAD:./{LOCK}"]
        committed = subprocess.run(asked, cwd=project, capture_output=True, check=False)
        text = read_text(project / LOCK)
        if committed.returncode or committed.stdout != text.encode():
            return False
        stages, handed = YAML(typ="safe").load(text)["stages"], handed_files(Layout(project / "lineage"))
        outputs = _outputs({name: stage for name, stage in stages.items() if "@" not in name or name in handed})
        return all(_hash(project / out["path"]) == out["md5"] for out in outputs)
    return False


def _outputs(stages: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for stage in stages.values():
        yield from stage.get("outs", ())


def _hash(path: Path) -> str:
    """Return the hash that DVC gives a file or a folder: of a folder, that of the list of its files."""
    if not path.is_dir():
        return _md5(path.read_bytes())
    files = sorted(each for each in path.rglob("*") if each.is_file())
    listed = [{"md5": _md5(each.read_bytes()), "relpath": each.relative_to(path).as_posix()} for each in files]
    listed.sort(key=lambda entry: entry["relpath"])
    return _md5(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _md5(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()
