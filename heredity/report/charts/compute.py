"""What every arm cost in environment steps, as stacked bars."""

from typing import Any

import altair as alt

from heredity.report.marks import arm_colour, data, steps_axis
from heredity.report.story import Outcome, Story, spender

ROW = 34
"""Pixels per arm."""

KINDS = ["itself", "ancestors", "others"]
"""Whose steps they are: the arm's members', those of their own ancestors, those of the other members beside these."""


def ledger_bars(story: Story) -> alt.LayerChart:
    """Draw what every arm took itself, and before it its ancestors and all who trained beside them."""
    rows = ledger_rows(story)
    arms = {arm.label: arm for outcome in story.outcomes for arm in outcome.arms}
    tooltip = [
        alt.Tooltip("generation:N"),
        alt.Tooltip("arm:N"),
        alt.Tooltip("kind:N", title="whose steps"),
        alt.Tooltip("steps:Q", format=","),
    ]
    shades = alt.Scale(domain=KINDS, range=[1, 0.5, 0.2])
    bars = (
        alt.Chart(data(rows))
        .mark_bar(style="tile", height={"band": 0.7})
        .encode(
            x=steps_axis("steps"),
            y=alt.Y("label:N", sort=list(dict.fromkeys(row["label"] for row in rows)), title=None),
            color=arm_colour(list(arms.values()), symbol="square"),
            opacity=alt.Opacity("kind:O", sort=KINDS, scale=shades, legend=alt.Legend(symbolType="square")),
            order=alt.Order("rank:Q"),
            tooltip=tooltip,
        )
    )
    return alt.layer(bars).properties(
        name="ledger",
        height=ROW * len({row["label"] for row in rows}),
        description="Environment steps of every generation and arm, and of those before it",
    )


def ledger_rows(story: Story) -> list[dict[str, Any]]:
    """Return one row per arm and kind of step; kinds that an arm has none of are left out."""
    rows = []
    for outcome in story.outcomes:
        for arm in outcome.arms:
            spent = story.spent[outcome.name][spender(arm)]
            used = _used(story, outcome) if spent.before else 0
            label = f"{outcome.name}, {arm.label}"
            for rank, steps in enumerate((spent.own, used, spent.before - used)):
                row = {"label": label, "generation": outcome.name, "arm": arm.label, "kind": KINDS[rank], "rank": rank}
                rows += [{**row, "steps": steps}] if steps else []
    return rows


def _used(story: Story, outcome: Outcome) -> int:
    """Return what all ancestors of a generation's members took together, each counted once."""
    used = {
        ancestor for member in outcome.members.curves for ancestor in story.pedigree.ancestors(outcome.name, member)
    }
    return sum(story.spent[name]["inherited"].members[member] for name, member in used if name in story.spent)
