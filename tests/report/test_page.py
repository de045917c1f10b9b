import dataclasses
import html
import json
import re

import altair as alt
import pytest

from heredity.inheritance.pedigree import Pedigree
from heredity.report import page as page_module
from heredity.report.figures import write_figures
from heredity.report.methods import methods
from heredity.report.page import _wide, charts, figures, page
from heredity.transfer.continual import Node, continual, write_continual

from .conftest import Written, estimate, times, transfer


def without_scripts(text):
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """Return the page of one study, which most tests read."""
    results = Written(tmp_path_factory.mktemp("page")).write()
    return page(results, charts(results))


def test_the_verdict_stands_first(text):
    heading = html.unescape(re.search(r"<h1>(.*?)</h1>", text).group(1))
    assert heading == (
        "Inheriting helped on second: heirs reached the threshold 630 steps sooner [500,\u00a0800] within 1,000 steps "
        "(p\u00a0=\u00a00.0079, 5 runs)."
    )  # neither interval nor p is broken between two lines
    assert "On second (CartPole-v1) inheriting helped: the inherited members reached the threshold 630 steps" in text
    assert text.index("<h1>") < text.index("<h2>")


def test_what_is_published_of_survivors_is_confirmed_and_what_the_gate_saw_is_called_so(text):
    text = html.unescape(without_scripts(text))
    assert "first: m00 has a mean of 101.0 [14.8, 441.4] over 2 episodes that did not choose it." in text
    assert "further episodes that did not choose them" in text[text.index("<h2>Methods") :]
    assert re.search(r">Mean seen by the gate</th><th[^>]*>Confirmed</th>", text)
    assert '<td class="">120.0</td><td class="">101.0 [14.8, 441.4]</td>' in text


def test_without_survivors_no_mean_is_told_of_the_best(results):
    bare = tuple(dataclasses.replace(outcome, confirmations={}) for outcome in results.outcomes)
    text = page(dataclasses.replace(results, outcomes=bare), charts(results))
    assert "has a mean of" not in without_scripts(text)


def test_a_study_without_a_control_says_so_and_draws_no_comparison(written):
    written.study["control"] = {"generations": []}
    results = written.write()
    text = page(results, charts(results))
    assert "The study has no control, so nothing can be said" in text
    assert "<h2>Transfer</h2>" not in text
    assert not any("strong" in name for name in charts(results))


def test_the_page_asks_the_network_for_nothing(text):
    markup = without_scripts(text)
    markup = re.sub(r'<a href="#section-[a-z-]+">', "", markup)
    assert not re.search(r"\b(src|href|action|data)\s*=|@import|url\(|//", markup)
    assert "http" not in re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL).group(1)
    assert "default-src &#39;none&#39;" in markup or "default-src 'none'" in markup
    assert len(text.encode()) < 6_000_000


EVIL = '</script><script>document.title="harmed"</script><img src=x onerror=alert(1)>'


def test_text_of_the_study_is_inert(written):
    written.study["generations"]["second"]["env"] = {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": EVIL}}
    written.study["algorithm"]["hyperparameters"]["note"] = EVIL
    written.reason = EVIL
    written.transfers["second"] = transfer(notes=(EVIL,))
    results = written.write()
    births = results.pedigree.births  # no pedigree.json with such a name is read
    named = {**births, ("second", EVIL): dataclasses.replace(births["second", "m02"], child=EVIL)}
    results = dataclasses.replace(results, pedigree=Pedigree(named))
    text = page(results, charts(results))
    assert EVIL not in text
    assert "<img" not in without_bundle(text)
    assert without_bundle(text).count("<script") == 3
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") >= 4
    numbers = json.loads(re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL).group(1))
    assert EVIL in {row.get("member") for rows in numbers["charts"]["pedigree"]["datasets"].values() for row in rows}


def without_bundle(text):
    return text.replace(page_module._bundle(), "")


def test_equal_results_give_equal_bytes(written, tmp_path):
    one, other = written.write(), written.write()
    assert page(one, charts(one)) == page(other, charts(other))
    drawn = {name: spec for name, spec in charts(one).items() if name in ("pedigree", "survival-second")}
    write_figures(tmp_path / "one", drawn)
    write_figures(tmp_path / "other", drawn)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["pedigree.png", "pedigree.svg", "survival-second.png", "survival-second.svg"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert ' opacity="0"' not in (tmp_path / "one" / "survival-second.svg").read_text()
    assert "</svg>" in (tmp_path / "one" / "pedigree.svg").read_text()
    assert (tmp_path / "one" / "pedigree.png").read_bytes().startswith(b"\x89PNG")


def test_another_number_gives_another_page(results):
    first, second = results.outcomes
    changed = dataclasses.replace(second, transfer=transfer(source_steps={"m00": 1001}))
    other = dataclasses.replace(results, outcomes=(first, changed))
    assert page(results, charts(results)) != page(other, charts(other))


@pytest.mark.parametrize(("of", "shown"), [(4, 1), (5, 3)])
def test_the_head_of_the_page_claims_nothing_of_fewer_than_five_runs(of, shown):
    speed = {
        f"time_to_threshold{kind}": times((3, 1.0), (3, 2.0), estimate(2.0, 1.5, 3.0), of=of)
        for kind in ("", "_strong")
    }
    assert len(figures(transfer(**speed))) == shown


def test_a_study_that_asks_for_its_memory_shows_and_tells_it(written):
    written.study["continual"] = {"episodes": 5}
    nodes = {"first": Node("first", (), {"first": {"m00": 90.0}}), "second": Node("first", ("first",), {})}
    matrix = continual(nodes, {"first": {"m00": 10.0, "m01": 10.0}}, {"first": 100.0})
    write_continual(written.layout.continual, matrix)
    results = written.write()
    text = page(results, charts(results))
    assert "<h2>Memory</h2>" in text
    assert "Forgetting of first by second" in text
    assert "played 5 episodes of every task whose spaces they fit" in methods(results)
    assert "continual" in charts(results)


@pytest.mark.study
def test_every_chart_is_valid_vega_lite(written):
    written.parents = {member: (member,) for member in ("m00", "m01", "m02")}
    for name, spec in charts(written.write()).items():
        assert alt.LayerChart.from_dict(spec), name


def test_every_control_has_a_verdict_and_a_table_and_the_first_one_the_heading(several):
    results = several.compared()
    text = page(results, charts(results))
    assert "<h1>One lineage gives no verdict on second against scratch: heirs of these 2 parents reached" in text
    assert text.index("against scratch, the inherited") < text.index("against longer, the")
    assert text.index("against longer, the") < text.index("against picked, the")
    for name in ("scratch", "longer", "picked"):
        assert f"<h3>second against {name} <span>" in text


def test_charts_stand_two_to_a_row_in_one_order_and_none_leaves_a_hole():
    assert _wide([("a", False), ("b", False), ("c", True), ("d", False)]) == {"c", "d"}
    assert _wide([("a", False), ("b", True)]) == {"a", "b"}


def test_generations_stand_in_one_order_in_every_section(written):
    written.study["generations"]["third"] = {**written.study["generations"]["second"], "after": "first"}
    results = written.compared()
    text = without_scripts(page(results, charts(results)))
    assert list(results.study.order()) == ["first", "second", "third"]
    for kind in ("learning", "survival", "gate"):
        assert re.findall(rf'class="chart" id="{kind}-(\w+)"', text) == ["first", "second", "third"]


def test_every_section_stands_in_the_contents(text):
    linked, sections = re.findall(r'<a href="#([a-z-]+)">', text), re.findall(r'<section id="([a-z-]+)">', text)
    assert linked == sections
    assert len(sections) == 9


def test_the_commit_and_the_versions_are_said(text):
    last = html.unescape(text[text.index("<h2>Methods") :])
    assert "git log --reverse --format='%h %cs %s' -S\"$(md5sum report/index.html | cut -c-32)\" -- dvc.lock" in last
    assert "stable-baselines3 2." in last


def test_a_page_of_many_members_is_small_and_has_no_row_for_each(wide):
    drawn = charts(wide)
    text = without_scripts(page(wide, drawn))
    assert len(json.dumps(drawn)) < 200_000
    assert text.count("<tr>") < 130
    assert "The best and the worst candidates of first" in text
    assert "All 120 are in gate.json of first." in text
    assert "<summary>Every lineage</summary>" in text
    assert "<summary>Every member</summary>" not in text
    assert "Thick: the median over all members." in text
    assert "A cell is a lineage in a generation" in text
    assert "Drawn are the first" not in text
