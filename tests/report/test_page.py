import dataclasses
import html
import json
import re

import altair as alt
import pytest

from heredity.continual import Node, continual
from heredity.errors import HeredityError
from heredity.evidence import stored_evidence
from heredity.files import write_json
from heredity.pedigree import Pedigree
from heredity.report import page as page_module
from heredity.report.figures import write_figures
from heredity.report.gates import gate_dots
from heredity.report.methods import methods
from heredity.report.page import charts, figures, page
from heredity.report.tables import compute_table, gate_table, kinship_table, member_table, transfer_table

from .conftest import estimate, times, transfer


def without_scripts(text):
    return re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)


def test_the_verdict_stands_first(story):
    text = page(story, charts(story))
    heading = html.unescape(re.search(r"<h1>(.*?)</h1>", text).group(1))
    assert heading.startswith("On second (CartPole-v1) the inherited members learned 3.1 times faster")
    assert text.index("<h1>") < text.index("<h2>")


def test_a_study_without_a_control_says_so_and_draws_no_comparison(written):
    written.study["control"] = {"generations": []}
    story = written.write()
    text = page(story, charts(story))
    assert "The study has no control, so nothing can be said" in text
    assert "<h2>Transfer</h2>" not in text
    assert not any("strong" in name for name in charts(story))


def test_the_page_asks_the_network_for_nothing(story):
    text = page(story, charts(story))
    markup = without_scripts(text)
    assert not re.search(r"\b(src|href|action|data)\s*=|@import|url\(|//", markup)
    assert "http" not in re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL).group(1)
    assert "default-src &#39;none&#39;" in markup or "default-src 'none'" in markup
    assert len(text.encode()) < 6_000_000


EVIL = '</script><script>document.title="harmed"</script><img src=x onerror=alert(1)>'


def test_text_of_the_study_is_inert(written):
    written.study["generations"]["second"]["env"] = {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": EVIL}}
    written.study["algorithm"]["hyperparameters"]["note"] = EVIL
    written.reason = EVIL
    written.transfers["second"]["notes"] = [EVIL]
    story = written.write()
    links = story.pedigree.links  # no pedigree.json with such a name is read
    named = {**links, ("second", EVIL): dataclasses.replace(links["second", "m02"], child=EVIL)}
    story = dataclasses.replace(story, pedigree=Pedigree(named))
    text = page(story, charts(story))
    assert EVIL not in text
    assert "<img" not in without_bundle(text)
    assert without_bundle(text).count("<script") == 3
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") >= 4
    numbers = json.loads(re.search(r'id="numbers">(.*?)</script>', text, re.DOTALL).group(1))
    assert EVIL in {row.get("member") for rows in numbers["charts"]["pedigree"]["datasets"].values() for row in rows}


def without_bundle(text):
    return text.replace(page_module._bundle(), "")


def test_equal_stories_give_equal_bytes(written, tmp_path):
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


def test_another_number_gives_another_page(story):
    first, second = story.outcomes
    other = dataclasses.replace(story, outcomes=(first, dataclasses.replace(second, source_steps={"m00": 1001})))
    assert page(story, charts(story)) != page(other, charts(other))


@pytest.mark.parametrize(("of", "shown"), [(4, 1), (5, 4)])
def test_the_head_of_the_page_claims_nothing_of_fewer_than_five_runs(story, of, shown):
    speed = {
        f"time_to_threshold{kind}": times((3, 1.0), (3, 2.0), estimate(2.0, 1.5, 3.0), of=of)
        for kind in ("", "_strong")
    }
    second = dataclasses.replace(story.outcomes[1], transfer=transfer(**speed))
    assert len(figures(second)) == shown


def test_the_transfer_table_names_what_is_undefined():
    rows = {row[0]: row[1:] for row in transfer_table(transfer(transfer_ratio=estimate(None, None, None))).rows}
    assert rows["Transfer ratio of areas"] == ("undefined", "", "3")
    assert rows["Forward transfer, strong: ancestors' steps charged"] == ("0.10", "[−0.10, 0.30]", "3")
    assert rows["Speed-up to the threshold, weak"] == ("3.10", "[1.90, 5.20]", "3")
    changed = transfer(time_to_threshold=times((3, 300.0), (1, None), None))
    rows = {row[0]: row[1:] for row in transfer_table(changed).rows}
    assert rows["Speed-up to the threshold, weak"][0] == "undefined"
    assert rows["Median steps to the threshold, weak, control"] == ("not reached by half", "", "1 of 5 reached")


def test_the_transfer_table_has_what_a_comparison_has_and_says_what_was_tested(written):
    story = written.write()
    second = stored_evidence(story.study, written.root / "lineage").transfers["second"]
    rows = {row[0]: row[1:] for row in transfer_table(second).rows}
    # inherited 200, 300, 900, control 800 and twice censored at 1000
    assert rows["Mean steps to the threshold within 1,000, weak, inherited less control"][0] == "−467"
    assert rows["Interquartile mean score, control"][2] == "3"
    assert "Speed-up to the threshold, all spent charged" in rows
    assert "too few runs to test" in page_module.tables.test_sentence(second)
    second["test"] |= {"p": 0.03, "p_holm": 0.06, "statement": "p = 0.03 (paired, exact, 6 pairs)"}
    sentence = page_module.tables.test_sentence(second)
    assert "p = 0.03 (paired, exact, 6 pairs), 0.060 adjusted for the study's generations" in sentence


def test_the_kinship_table_names_its_baseline(story):
    rows = {row[0]: row[1:] for row in kinship_table(story.outcomes[1].heritability).rows}
    assert rows["Parents' lead, against fresh weights"][0] == "100.00"  # 110 less 10
    assert rows["Response R zero-shot, against fresh weights"][0] == "35.00"  # (50 + 40) / 2 less 10
    assert rows["Slope of 2 families, trained"] == ("1.00", "[no interval]", "2")


def test_the_gate_table_says_why(story):
    rows = gate_table(story.outcomes[0]).rows
    assert rows[0] == ("m00", "4", "120.0", "115.0", "yes", "yes", "")
    assert rows[2] == ("m02", "4", "20.0", "15.0", "no", "no", "bound below threshold")


def test_compute_counts_every_step_of_every_arm(story):
    rows = compute_table(story).rows
    assert rows[0] == ("first", "members", "3", "2", "600 to 1,000", "0", "0", "2,600")
    assert rows[1] == ("second", "inherited", "3", "3", "200 to 900", "0 to 1,000", "2,600", "1,400")
    assert rows[2] == ("second", "control", "3", "1", "800 to 1,000", "0", "0", "2,800")
    assert rows[3][-1] == "6,800"


def test_the_member_table_gives_seeds_and_parents_of_heirs_and_none_of_the_control(story):
    rows = {row[:3]: row[3:] for row in member_table(story).rows}
    assert rows["second", "inherited", "m01"][:5] == ("300", "300", "100.0", "m01", "1")
    assert rows["second", "inherited", "m02"][3] == "fresh weights"
    assert rows["second", "control", "m01"] == ("1,000", "not reached", "100.0", "", "", "")


def test_the_methods_paragraph_states_the_studys_numbers(story):
    text = methods(story)
    assert "2 generations of 3 members each" in text
    assert "PPO (MlpPolicy, 2 environments per member, n_steps 32)" in text
    assert "second (after first) learned CartPole-v1 for at most 1,000 environment steps per member" in text
    assert "the best 2 of those that passed" in text
    assert "second (1,000 steps per member)" in text
    assert "study seed 7" in text


def test_a_study_that_asks_for_its_memory_shows_and_tells_it(written):
    written.study["continual"] = {"episodes": 5}
    nodes = {"first": Node("first", (), {"first": {"m00": 90.0}}), "second": Node("first", ("first",), {})}
    found = continual(nodes, {"first": {"m00": 10.0, "m01": 10.0}}, {"first": 100.0})
    write_json(written.root / "report" / "continual.json", found.to_dict())
    story = written.write()
    text = page(story, charts(story))
    assert "<h2>Memory</h2>" in text
    assert "Forgetting of first by second" in text
    assert "played 5 episodes of every task whose spaces they fit" in methods(story)
    assert "memory" in charts(story)


def test_a_transfer_file_without_a_generation_is_refused(written):
    written.transfers = {}
    with pytest.raises(HeredityError, match="expected the generation second, which has a control; type: dvc repro"):
        written.write()


def test_a_broken_gate_file_is_refused(written, story):
    gate = written.root / "lineage" / "first" / "gate.json"
    gate.write_text("{", encoding="utf-8")
    with pytest.raises(HeredityError, match=r"gate\.json: expected what gate writes"):
        written.read()


def test_every_chart_is_valid_vega_lite(written):
    written.parents = {member: (member,) for member in ("m00", "m01", "m02")}
    for name, spec in charts(written.write()).items():
        assert alt.LayerChart.from_dict(spec), name


def test_a_candidate_without_a_bound_has_an_empty_cell_and_a_bare_dot(story):
    story.outcomes[0].decision["candidates"]["m02"]["bound"] = None
    assert gate_table(story.outcomes[0]).rows[2][3] == ""
    sizes = [len(rows) for rows in gate_dots(story.outcomes[0]).to_dict()["datasets"].values()]
    assert sorted(sizes) == [1, 1, 2, 3]  # who passed, the threshold, who has a bound, all
