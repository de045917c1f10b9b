"""The live display of a training: a line per member, and silence where nobody watches."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Display

from heredity.training.progress import OnProgress, Progress


@contextmanager
def progress_display(console: Console | None = None) -> Iterator[OnProgress]:
    """Yield a function that draws each Progress it is given; it draws nothing when standard error is no terminal."""
    console = console or Console(stderr=True)
    columns = (
        SpinnerColumn(finished_text=" "),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("return {task.fields[mean]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Display(*columns, console=console, disable=not console.is_terminal) as display:
        lines: dict[str, TaskID] = {}

        def draw(progress: Progress) -> None:
            name = f"{progress.generation} {progress.arm} {progress.member}"
            if name not in lines:
                lines[name] = display.add_task(name, total=progress.budget_steps, mean="", speed="")
            line, row = lines[name], progress.row
            speed = next(task.speed for task in display.tasks if task.id == line)
            display.update(
                line,
                completed=row.env_steps,
                total=row.env_steps if progress.last else progress.budget_steps,
                mean="  –  " if row.return_mean is None else f"{row.return_mean:.3g}",
                speed=f"{speed:,.0f} steps/s" if speed else "",
            )

        yield draw
