"""The generations as a tree: what comes after what."""

from collections.abc import Mapping
from typing import Protocol

from heredity.errors import StudyError


class CurriculumNode(Protocol):
    """A generation, as far as the tree is concerned."""

    @property
    def after(self) -> str:
        """The generation before it, or "founders"."""


class Curriculum:
    """The walks over a mapping of generations, for whatever holds one."""

    generations: Mapping[str, CurriculumNode]

    def ancestors(self, generation: str) -> tuple[str, ...]:
        """Return the generations before this one, root first; founders are not a generation."""
        parent = self.generations[generation].after
        return () if parent == "founders" else (*self.ancestors(parent), parent)

    def children(self, generation: str) -> tuple[str, ...]:
        """Return the generations that come `after` this one ("founders" for the roots), in the file's order."""
        return tuple(name for name, node in self.generations.items() if node.after == generation)

    def order(self, first: str = "founders") -> tuple[str, ...]:
        """Return every generation, parents before children."""
        return tuple(name for child in self.children(first) for name in (child, *self.order(child)))

    def refuse_no_tree(self) -> None:
        """Raise StudyError where generations come after one that is not there, or in a circle."""
        reached = self.order()
        if lost := [name for name in self.generations if name not in reached]:
            after = self.generations[lost[0]].after
            raise StudyError(
                f"generations.{lost[0]}.after: expected a chain of generations that begins at founders, got {after!r}"
            )

    def known(self, generation: str) -> str:
        """Return the name of a generation. Raises StudyError when the study has no such one."""
        if generation not in self.generations:
            raise StudyError(f"expected a generation out of {', '.join(self.generations)}, got {generation!r}")
        return generation
