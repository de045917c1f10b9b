"""What dvc.yaml says that `study` depends on."""

import re
from collections.abc import Iterable
from pathlib import Path

from heredity.errors import StudyError
from heredity.layout import GRAPH
from heredity.reading import read_text, readable
from heredity.study.dialect import parse_alike

VARIABLE = re.compile(r"\$\{(\w+)\}")


def undeclared(files: Iterable[Path], project: Path) -> list[Path]:
    """Return those of some files that lie in the project, but below none of the dependencies of the stage study."""
    deps = [(project / dep).resolve() for dep in study_dependencies(project)]
    inside = [path.resolve() for path in files if path.resolve().is_relative_to(project.resolve())]
    return [path for path in inside if not any(path.is_relative_to(dep) for dep in deps)]


def study_dependencies(project: Path) -> list[str]:
    """Return the dependencies of the stage study with its variables filled in; none where there is no dvc.yaml.

    Raises StudyError for a dvc.yaml that DVC would refuse.
    """
    path = project / GRAPH
    if not path.is_file():
        return []
    try:
        with readable(path, StudyError):
            text = read_text(path)
        content = parse_alike(text)
        mappings = [each for each in content.get("vars", []) if isinstance(each, dict)]
        variables = {key: value for each in mappings for key, value in each.items()}
        deps = content.get("stages", {}).get("study", {}).get("deps", [])
        return [VARIABLE.sub(lambda match: str(variables.get(match[1], match[0])), dep) for dep in deps]
    except (AttributeError, TypeError):
        got = "values of other kinds"
    except ValueError as error:
        got = str(error)
    raise StudyError(f"{path}: expected stages as DVC reads them, got {got}")
