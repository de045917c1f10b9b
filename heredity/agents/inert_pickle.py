"""Pickles from anywhere, read without executing anything.

Nothing that a pickle names is imported or called: each of the few names that its reader knows becomes an inert shell,
which keeps what it is given; any other is refused. What comes out are shells, dictionaries, lists, tuples, numbers,
text, bytes and None, in which one value may stand at several places and within itself: whoever walks it counts.
"""

import io
import pickle
import pickletools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from heredity.errors import AgentError, one_line, shortened

MOST_INSTRUCTIONS = 100_000
"""An optimizer of a thousand tensors takes as many."""

INSTRUCTIONS = {
    *("PROTO", "FRAME", "STOP", "MARK", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"),
    *("NONE", "NEWTRUE", "NEWFALSE", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"),
    *("BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES", "BYTEARRAY8"),
    *("EMPTY_TUPLE", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "EMPTY_LIST", "APPEND", "APPENDS"),
    *("EMPTY_DICT", "SETITEM", "SETITEMS", "GLOBAL", "STACK_GLOBAL", "NEWOBJ", "REDUCE", "BUILD"),
}
"""What pickles of plain values and of arrays are made of, from protocol 2 to 5."""


class Shell:
    """Stands for whatever a pickle makes of a name: keeps arguments and state, does nothing."""

    dotted = ""
    arguments: tuple[Any, ...] = ()
    state: Any = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, *arguments: Any) -> None:
        self.arguments = arguments

    def __setstate__(self, state: Any) -> None:
        self.state = state


class Ordered(dict[Any, Any]):
    """Stands for an OrderedDict, whose items come one by one, and whose attributes are not kept."""

    def __setstate__(self, state: Any) -> None:
        pass


class Kept:
    """Stands for what lies outside of the pickle, by what the pickle says of it."""

    def __init__(self, said: Any) -> None:
        self.said = said


@dataclass(frozen=True)
class Grammar:
    """What a kind of pickle is made of.

    what: how messages call it. names: every dotted name that it may use. more: instructions beside INSTRUCTIONS.
    """

    what: str
    names: Collection[str]
    more: Collection[str] = ()


def read_pickle(content: bytes, grammar: Grammar, largest_bytes: int) -> Any:
    """Return what a pickle holds, in shells.

    Raises AgentError for one that is too long, damaged, or made of anything that its grammar does not know.
    """
    if len(content) > largest_bytes:
        raise AgentError(f"expected at most {largest_bytes} bytes, got {len(content)}")
    try:
        # With every class an inert shell, the pickle machine itself could still be misused (a memo of 2^31 entries):
        # only the instructions that such a file is made of are let through.
        for count, (code, _, _) in enumerate(pickletools.genops(content)):
            if code.name not in INSTRUCTIONS and code.name not in grammar.more:
                raise AgentError(f"expected {grammar.what}, got one with the instruction {code.name}")
            if count > MOST_INSTRUCTIONS:
                raise AgentError(f"expected {grammar.what}, got one of more than {MOST_INSTRUCTIONS} instructions")
        return _Reader(content, grammar).load()
    except AgentError:
        raise
    except Exception as error:
        raise AgentError(f"expected {grammar.what}, got {len(content)} other bytes ({one_line(error)})") from None


def described(value: Any) -> str:
    """Return a value of a pickle for a message: a number or a text shortened, of anything else its kind alone.

    What holds itself, or doubles at each level, is never written out.
    """
    return shortened(value) if isinstance(value, str | int | float | None) else type(value).__name__


@cache
def _shell(dotted: str) -> type:
    """Return the class that stands for a name; there are no more of them than grammars know."""
    name = dotted.rpartition(".")[2]
    return Ordered if name == "OrderedDict" else type(name, (Shell,), {"dotted": dotted})


class _Reader(pickle._Unpickler):
    """Python's own unpickler in Python, which allocates no more than it reads, with every name an inert shell.

    An instruction acts on what pickles of plain values give it, and on nothing else: hashing a tuple that is nested
    deep enough would end the process, and attributes of classes would last beyond this pickle.
    """

    dispatch: ClassVar = dict(pickle._Unpickler.dispatch)

    def __init__(self, content: bytes, grammar: Grammar) -> None:
        super().__init__(io.BytesIO(content), encoding="latin1")
        self.grammar = grammar

    def find_class(self, module: str, name: str) -> type:
        dotted = f"{module}.{name}"
        if dotted not in self.grammar.names:
            raise AgentError(
                f"expected {self.grammar.what} and nothing else is read, got one that names {shortened(dotted)[1:-1]}"
            )
        return _shell(dotted)

    def persistent_load(self, said: Any) -> Kept:
        return Kept(said)


def _acting(load: Callable[[Any], None], check: Callable[[list[Any], list[Any]], bool]) -> Callable[[Any], None]:
    """Return an instruction that looks at the stack, and at the one below the last mark, before it acts."""

    def checked(reader: Any) -> None:
        below = reader.metastack[-1] if reader.metastack else []
        if not check(reader.stack, below):
            raise pickle.UnpicklingError("an instruction that acts on something else")
        load(reader)

    return checked


def _calls(stack: list[Any], _: list[Any]) -> bool:
    return (
        isinstance(stack[-1], tuple)
        and isinstance(stack[-2], type)
        and not (issubclass(stack[-2], Ordered) and stack[-1])
    )


def _builds(stack: list[Any], _: list[Any]) -> bool:
    return isinstance(stack[-2], Shell | Ordered)


def _sets_item(stack: list[Any], _: list[Any]) -> bool:
    return isinstance(stack[-3], dict) and isinstance(stack[-2], str | int)


def _sets_items(stack: list[Any], below: list[Any]) -> bool:
    return isinstance(below[-1], dict) and all(isinstance(key, str | int) for key in stack[::2])


def _appends(stack: list[Any], _: list[Any]) -> bool:
    return isinstance(stack[-2], list)


def _extends(_: list[Any], below: list[Any]) -> bool:
    return isinstance(below[-1], list)


for _code, _check in (
    (pickle.REDUCE, _calls),
    (pickle.NEWOBJ, _calls),
    (pickle.BUILD, _builds),
    (pickle.SETITEM, _sets_item),
    (pickle.SETITEMS, _sets_items),
    (pickle.APPEND, _appends),
    (pickle.APPENDS, _extends),
):
    _Reader.dispatch[_code[0]] = _acting(_Reader.dispatch[_code[0]], _check)
