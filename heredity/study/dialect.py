"""YAML as heredity and DVC both read it: DVC's reader (libyaml) takes less than ours, and some of it otherwise."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from heredity.errors import shortened
from heredity.reading import parse_yaml

OF_A_MODULE = re.compile(r"([^\W\d]\w*(?:\.[^\W\d]\w*)*):([^\s:\\]+)")
WITHOUT_SPACE = re.compile(r"([^\s:]+):(\S+)")


@dataclass(frozen=True)
class FlowText:
    """A text inside of {} or [], on a line from 1, below a dotted key: quoted or plain, itself a key or a value."""

    value: str
    line: int
    key: str
    plain: bool
    is_key: bool

    @property
    def is_misread(self) -> bool:
        """Whether DVC's reader takes it only in quotes."""
        try:
            parse_as_dvc(f"[{self.value}]")
        except YAMLError:
            return True
        return False

    @property
    def is_device(self) -> bool:
        """Whether it names a device, which some write with a number behind a colon."""
        return self.key.endswith("train.device")

    @property
    def remedy(self) -> str:
        """Say how to write it so that it needs no quotes, because `dvc exp run -S` drops them."""
        if self.is_key and self.plain and (pair := WITHOUT_SPACE.fullmatch(self.value)):
            return f"write {pair[1]}: {pair[2]}, with a space"
        if self.is_device:
            return "write cuda; which GPUs, CUDA_VISIBLE_DEVICES says"
        of_environment = self.key.endswith(("env", "env.id"))
        if of_environment and (named := OF_A_MODULE.fullmatch(self.value)):
            return f"write import: [{named[1]}] beside env: {named[2]}"
        return "write it on a line of its own, outside of {} and []"


def parse_alike(text: str) -> Any:
    """Return what a YAML text holds, for heredity and for DVC.

    Raises ValueError that says in one line what came instead, or what one of the two reads otherwise.
    """
    value = parse_yaml(text)  # first, because it bounds how deep and how much the other reader is given
    try:
        for_dvc = parse_as_dvc(text)
    except MarkedYAMLError as error:
        raise ValueError(_refusal(text, error)) from None
    except (YAMLError, ValueError) as error:
        raise ValueError(f"expected YAML that DVC reads too, got {' '.join(str(error).split())}") from None
    for key, ours, theirs in differences(value, for_dvc):
        raise ValueError(
            f"{key}: expected YAML that DVC reads alike, got {shortened(ours)}, and for DVC {shortened(theirs)}; "
            "write it plainly, or in quotes"
        )
    return value


def parse_as_dvc(text: str) -> Any:
    """Return what DVC makes of a YAML file with this text: `dvc.utils.serialize.load_yaml`. Raises as ruamel does."""
    return YAML(typ="safe").load(io.StringIO(text, newline=None).read())


def dropped_quotes(text: str) -> str | None:
    """Say which text depends on its quotes: `dvc exp run -S` writes it without, and could not read that again."""
    if _outlives_dvc(text):
        return None
    for each in flow_texts(text):
        if not each.plain and each.is_misread:
            where = f"line {each.line}: {each.key}"
            return f"{where}: {each.value} needs its quotes, which dvc exp run -S drops; {each.remedy}"
    return "dvc exp run -S would write it so that DVC cannot read it again; type python -m flows.study --set instead"


def flow_texts(text: str) -> Iterator[FlowText]:
    """Yield every text inside of {} and [], in their order."""
    root = YAML(typ="safe", pure=True).compose(text)
    return _flow_texts(root, "", inside=False, is_key=False)


def differences(ours: Any, theirs: Any, key: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield where two plain values differ, 1, 1.0 and true being three: the dotted key, and both values there."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and ours.keys() == theirs.keys():
        pairs = [(name, value, theirs[name]) for name, value in ours.items()]
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = [(str(index), *both) for index, both in enumerate(zip(ours, theirs, strict=True))]
    else:
        if type(ours) is not type(theirs) or ours != theirs:
            yield key or "the file", ours, theirs
        return
    for name, one, other in pairs:
        yield from differences(one, other, f"{key}.{name}" if key else name)


def _outlives_dvc(text: str) -> bool:
    """Whether DVC reads the same out of a text once `dvc exp run -S` has written it."""
    buffer, yaml = io.StringIO(), YAML()
    try:
        yaml.dump(yaml.load(text), buffer)
        return not any(differences(parse_as_dvc(text), parse_as_dvc(buffer.getvalue())))
    except Exception:  # ruamel lets through whatever its constructors and representers raise
        return False


def _refusal(text: str, error: MarkedYAMLError) -> str:
    """Say in one line which text DVC's reader refuses, in its words, and how to write it."""
    problem = (error.problem or str(error)).strip().splitlines()[0]
    for each in flow_texts(text):
        if each.plain and each.is_misread:
            quoted = "" if each.is_key or each.is_device else ", or put it in quotes"
            return (
                f"line {each.line}: {each.key}: expected text that DVC reads too, got {shortened(each.value)} without "
                f"quotes inside of {{}} or [] (DVC: {problem}); {each.remedy}{quoted}"
            )
    line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
    return f"{line}expected YAML that DVC reads too, got what it refuses: {problem}"


def _flow_texts(node: Node | None, key: str, *, inside: bool, is_key: bool) -> Iterator[FlowText]:
    if isinstance(node, ScalarNode) and inside:
        yield FlowText(node.value, node.start_mark.line + 1, key or "the file", node.style is None, is_key)
    elif isinstance(node, MappingNode):
        for name, value in node.value:
            yield from _flow_texts(name, key, inside=bool(node.flow_style), is_key=True)
            below = f"{key}.{name.value}" if key else str(name.value)
            yield from _flow_texts(value, below, inside=bool(node.flow_style), is_key=False)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            yield from _flow_texts(
                value, f"{key}.{index}" if key else str(index), inside=bool(node.flow_style), is_key=False
            )
