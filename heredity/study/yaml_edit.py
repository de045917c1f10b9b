"""Other values in a YAML text, every line that says nothing of them as it is."""

import io
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import reduce
from operator import getitem
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from heredity.study.dialect import differences, parse_alike

WIDTH = 1 << 16
"""No line is longer, so that none is wrapped."""

Keys = tuple[str | int, ...]


def edited(text: str, values: Any) -> str:
    """Return a text that heredity and DVC both read as these values, changed only where it says something else.

    Where the places cannot be told (an alias, a comma too many) the whole text is written anew, with its comments
    and quotes. Raises ValueError where that does not say these values either.
    """
    for edit in (_edited_in_place, _written_anew):
        with suppress(ValueError, LookupError, YAMLError):
            changed = edit(text, values)
            if not any(differences(parse_alike(changed), values)):
                return changed
    raise ValueError("expected a text in which every value has a place of its own; change it by hand")


def with_key_renamed(text: str, path: Keys, name: str) -> str:
    """Return a text in which one key of a mapping is another one, its value where and as it was.

    Raises LookupError for a key that is not there, ValueError for a text in which it has no place of its own.
    """
    *above, old = path
    mapping, inside = _node_at(text, tuple(above))
    key = {key.value: key for key, _ in mapping.value}[old]
    changed = f"{text[: key.start_mark.index]}{_written(name, inside)}{text[key.end_mark.index :]}"
    before, after = parse_alike(text), parse_alike(changed)
    parent = reduce(getitem, above, before)
    renamed = {name if each == old else each: value for each, value in parent.items()}
    parent.clear()
    parent.update(renamed)
    if any(differences(before, after)):
        raise ValueError(f"expected {old} in a place of its own; change it by hand")
    return changed


def _edited_in_place(text: str, values: Any) -> str:
    for path, value in list(_changes(parse_alike(text), values, ())):
        text = _with(text, path, value)
    for path in list(_removals(parse_alike(text), values, ())):
        text = _without(text, path)
    return text


def _changes(before: Any, after: Any, path: Keys) -> Iterator[tuple[Keys, Any]]:
    """Yield what is other or new, as deep as both are mappings, or lists of one length."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in after.items():
            if key in before:
                yield from _changes(before[key], value, (*path, key))
            else:
                yield (*path, key), value
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, value in enumerate(after):
            yield from _changes(before[index], value, (*path, index))
    elif any(differences(before, after)):
        yield path, after


def _removals(before: Any, after: Any, path: Keys) -> Iterator[Keys]:
    """Yield what is no longer there, of mappings that are."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            if key in after:
                yield from _removals(value, after[key], (*path, key))
            else:
                yield (*path, key)


def _with(text: str, path: Keys, value: Any) -> str:
    """Write one value where its old one stands, or behind the last one of its mapping."""
    parent, inside = _node_at(text, path[:-1])
    keys = {key.value: key for key, _ in parent.value} if isinstance(parent, MappingNode) else {}
    if isinstance(parent, MappingNode) and path[-1] not in keys:
        return _with_key(text, parent, f"{_written(path[-1], inside)}: {_written(value, inside)}")
    node, _ = _node_at(text, path)
    start, end = _span(node)
    before, behind = "", "\n" if isinstance(node, ScalarNode) and node.style in ("|", ">") else ""
    if start == end or _is_block(node):  # nothing, or lines below: what takes its place follows the colon
        colon = text.index(":", keys[path[-1]].end_mark.index) + 1
        if start < end and "#" in text[colon:start]:
            raise ValueError("expected nothing between a key and its lines, got a remark")
        before, start, end = " ", colon, colon if start == end else end
    return f"{text[:start]}{before}{_written(value, inside)}{behind}{text[end:]}"


def _with_key(text: str, mapping: MappingNode, pair: str) -> str:
    end = _span(mapping)[1]
    if mapping.flow_style:
        before = text[: end - 1].rstrip()
        between = "" if before.endswith("{") else " " if before.endswith(",") else ", "
        return f"{before}{between}{pair}{text[end - 1 :]}"
    end_of_line = _end_of_line(text, end)
    column = mapping.value[0][0].start_mark.column
    return f"{text[:end_of_line]}\n{' ' * column}{pair}{text[end_of_line:]}"


def _without(text: str, path: Keys) -> str:
    """Take a key out of its mapping: out of its line, or with its lines."""
    mapping, _ = _node_at(text, path[:-1])
    keys = [key.value for key, _ in mapping.value]
    index = keys.index(path[-1])
    key, value = mapping.value[index]
    start, end = key.start_mark.index, _span(value)[1]
    if not mapping.flow_style:
        if len(keys) == 1:
            raise LookupError
        start = text.rfind("\n", 0, start) + 1
        end = _end_of_line(text, end) + 1
    elif index + 1 < len(keys):
        end = mapping.value[index + 1][0].start_mark.index
    elif index:
        start = _span(mapping.value[index - 1][1])[1]
    return text[:start] + text[end:]


def _node_at(text: str, path: Keys) -> tuple[Any, bool]:
    """Return the node at a path, and whether it lies inside of {} or []."""
    node, inside = YAML(typ="safe", pure=True).compose(text), False
    for part in path:
        inside = inside or bool(node.flow_style)
        node = node.value[part] if isinstance(part, int) else {key.value: each for key, each in node.value}[part]
    return node, inside or bool(getattr(node, "flow_style", False))


def _span(node: Node) -> tuple[int, int]:
    """Return where a node's text begins and ends; a block ends with the last value in it, not where the next begins."""
    last: Any = node
    while _is_block(last):
        last = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
    return node.start_mark.index, last.end_mark.index


def _is_block(node: Any) -> bool:
    """Whether a node is a mapping or list that is written without {} or []."""
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style and bool(node.value)


def _end_of_line(text: str, end: int) -> int:
    """Return where the line ends in which a value does; a block of text ends behind its line break."""
    position = text.find("\n", end - 1)
    return len(text) if position < 0 else position


def _written(value: Any, inside: bool) -> str:
    """Write a value on one line, a text in quotes only where one of the two readers needs them."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_written(key, True)}: {_written(each, True)}' for key, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(_written(each, True) for each in value)}]"
    if not isinstance(value, str):
        return json.dumps(value)
    with suppress(ValueError):
        plain = parse_alike(f"[{value}, {value}]" if inside else f"- {value}\n- {value}")
        if not any(differences(plain, [value, value])):
            return value
    return json.dumps(value, ensure_ascii=False)


def _written_anew(text: str, values: Any) -> str:
    """Write the whole text, as DVC would but for its quotes and the length of its lines."""
    yaml, buffer = YAML(), io.StringIO()
    yaml.preserve_quotes, yaml.width = True, WIDTH
    content, before = yaml.load(text), parse_alike(text)
    for path, value in _changes(before, values, ()):
        reduce(getitem, path[:-1], content)[path[-1]] = value
    for path in _removals(before, values, ()):
        del reduce(getitem, path[:-1], content)[path[-1]]
    yaml.dump(content, buffer)
    return buffer.getvalue()
