"""How far a training is: on a terminal a line for the generation and one for each member at work, else one a minute."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Display

from heredity.layout import control_name
from heredity.pipeline.stage_times import EVERY_SECONDS, duration
from heredity.training.progress import OnProgress, Progress

MOST_LINES = 12
"""Members with a line of their own at a time."""


@dataclass
class PopulationProgress:
    """What is known of the members of one arm: the steps that each has taken, and who is done.

    members: how many there are, as far as is known. began: when the first word came, on a monotonic clock.
    """

    members: int
    budget_steps: int
    began: float
    steps: dict[str, int] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)

    def add(self, progress: Progress) -> None:
        """Take in what one member says."""
        self.steps[progress.member] = progress.row.env_steps
        self.members = max(self.members, len(self.steps))
        if progress.last:
            self.done.add(progress.member)

    @property
    def steps_left(self) -> int:
        """The steps that are left if nobody stops before its budget."""
        return self.budget_steps * (self.members - len(self.done)) - sum(
            steps for member, steps in self.steps.items() if member not in self.done
        )

    def line(self, name: str, now: float) -> str:
        """Say how many members are done, and how long the others take at most at this speed."""
        taken, seconds = sum(self.steps.values()), now - self.began
        said = f"{name}: {len(self.done)} of {self.members} members done, {taken:,} steps"
        if taken and seconds > 0:
            speed = taken / seconds
            said += f", {speed:,.0f} steps/s, at most {duration(self.steps_left / speed)} left"
        return said


@contextmanager
def progress_display(
    members: Mapping[str, int], console: Console | None = None, clock: Callable[[], float] = time.monotonic
) -> Iterator[OnProgress]:
    """Yield a function that draws each Progress it is given; where standard error is no terminal, it prints lines.

    members: how many train, by the name of their generation and arm, as `population_name` has it. clock: in seconds.
    """
    console = console or Console(stderr=True)
    yield from _drawn(members, console) if console.is_terminal else _printed(members, console, clock)


def population_name(generation: str, arm: str) -> str:
    """Return what the members of an arm are called: by their generation, and their control where they are one's."""
    control = control_name(arm)
    return generation if control is None else f"{generation} {control}"


def _printed(members: Mapping[str, int], console: Console, clock: Callable[[], float]) -> Iterator[OnProgress]:
    trainings: dict[str, PopulationProgress] = {}
    spoke = clock()

    def say(progress: Progress) -> None:
        nonlocal spoke
        name = population_name(progress.generation, progress.arm)
        training = trainings.setdefault(name, PopulationProgress(members.get(name, 0), progress.budget_steps, clock()))
        training.add(progress)
        if clock() - spoke >= EVERY_SECONDS:
            spoke = clock()
            console.print(training.line(name, spoke), markup=False, highlight=False, soft_wrap=True)

    yield say


def _drawn(members: Mapping[str, int], console: Console) -> Iterator[OnProgress]:
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
        TimeRemainingColumn(),
    )
    with Display(*columns, console=console) as display:
        populations: dict[str, TaskID] = {}
        lines: dict[str, TaskID] = {}

        def draw(progress: Progress) -> None:
            name, row = population_name(progress.generation, progress.arm), progress.row
            if name not in populations:
                populations[name] = display.add_task(f"{name}, members done", total=members.get(name), said="")
            label = f"{name} {progress.member}"
            if progress.last:
                display.advance(populations[name])
                if label in lines:
                    display.remove_task(lines.pop(label))
                return
            if label not in lines:
                if len(lines) >= MOST_LINES:
                    return
                lines[label] = display.add_task(label, total=progress.budget_steps, said="")
            mean = "–" if row.return_mean is None else f"{row.return_mean:.3g}"
            display.update(lines[label], completed=row.env_steps, said=f"return {mean}")

        yield draw
