"""approvals.yaml: what people answered at gates that ask, one line per generation, kept in git.

    small: {answer: promote, by: Ada, note: walks well, evaluation: 3f2a9c41d07be5aa}

An answer holds for the evaluation it was given on; another evaluation asks again.
"""

import io
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from heredity.errors import GateError, shortened
from heredity.files import write_text
from heredity.layout import APPROVALS
from heredity.reading import TABLE_BYTES, YAML_BYTES, parse_yaml, read_bytes, read_text, readable
from heredity.study.messages import first_complaint


class Approval(BaseModel):
    """One answer: promote lets the survivors have heirs, refuse lets nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: Literal["promote", "refuse"] = Field(description="promote or refuse", examples=["promote"])
    by: str = Field(min_length=1, description="a name", examples=["Ada"])
    note: str = Field("", description="a text", examples=["walks well"])
    evaluation: str = Field(description="the digest of the evaluation", examples=["3f2a9c41d07be5aa"])


def evaluation_digest(path: Path) -> str:
    """Return what an answer is tied to: 16 hexadecimal digits of the SHA-256 of evaluation.csv."""
    with readable(path, GateError):
        return sha256(read_bytes(path, TABLE_BYTES)).hexdigest()[:16]


def answered(generation: str, digest: str, path: Path = APPROVALS) -> Approval | None:
    """Return the answer given on this evaluation of a generation, if any. Raises GateError for a malformed one."""
    line = read_answers(path).get(generation)
    if line is None:
        return None
    try:
        approval = Approval.model_validate(line, strict=True)
    except ValidationError as error:
        raise GateError(f"{path}: {generation}.{first_complaint(error, Approval)}") from None
    return approval if approval.evaluation == digest else None


def required(generation: str, digest: str, path: Path = APPROVALS) -> Approval:
    """Return the answer given on this evaluation. Raises GateError with the line to write where there is none."""
    if approval := answered(generation, digest, path):
        return approval
    draft = Approval(answer="promote", by="your name", note="why", evaluation=digest)
    line = _text(_with(CommentedMap(), generation, draft)).strip()
    raise GateError(
        f"gate@{generation}: expected an answer in {path} on this evaluation, got none; write the line  {line}  "
        "(or answer: refuse) and start again"
    )


def write_answer(generation: str, approval: Approval, path: Path = APPROVALS) -> None:
    """Write one answer, leaving the others and all comments as they are."""
    if read_answers(path):
        write_text(path, _text(_with(_yaml().load(read_text(path)), generation, approval)))
        return
    comments = [f"{line}\n" for line in read_text(path).splitlines() if line.startswith("#")]
    write_text(path, "".join(comments) + _text(_with(CommentedMap(), generation, approval)))


def _with(content: CommentedMap, generation: str, approval: Approval) -> CommentedMap:
    line = CommentedMap(approval.model_dump())
    line.fa.set_flow_style()
    content[generation] = line
    return content


def _text(content: CommentedMap) -> str:
    buffer = io.StringIO()
    _yaml().dump(content, buffer)
    return buffer.getvalue()


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 4096
    return yaml


def read_answers(path: Path) -> dict[str, Any]:
    """Return every answer by generation. Raises GateError for a file that is no mapping of these."""
    try:
        content = parse_yaml(read_text(path, YAML_BYTES))
    except FileNotFoundError:
        raise GateError(f"{path}: no such file; write one with the line  {{}}") from None
    except (OSError, ValueError) as error:
        raise GateError(f"{path}: {error}") from None
    if not isinstance(content, dict | None):
        raise GateError(f"{path}: expected a mapping of generations, got {shortened(content)}")
    return content or {}
