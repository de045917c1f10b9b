"""The page as a reader sees it: headless, offline, on a desk and on a phone."""

from dataclasses import replace

import pytest

from heredity.report.page import charts, page


def test_every_chart_is_drawn_offline_at_both_widths_and_nothing_scrolls_sideways(browser, written, tmp_path):
    written.parents = {"m00": ("m00",), "m01": ("m01",), "m02": ("m02",)}
    written.reason = "<script>document.title = 'harmed'</script>" * 5
    results = written.write()
    first, second = results.outcomes
    failed = {name: replace(each, passed=False, bound=None) for name, each in second.gate.candidates.items()}
    results = replace(results, outcomes=(first, replace(second, gate=replace(second.gate, candidates=failed))))
    drawn = charts(results)
    file = tmp_path / "index.html"
    file.write_text(page(results, drawn), encoding="utf-8")
    for width, scheme in ((1280, "dark"), (390, "light")):
        context = browser.new_context(viewport={"width": width, "height": 844}, offline=True, color_scheme=scheme)
        tab, complaints, asked = context.new_page(), [], []
        tab.on("console", lambda message, seen=complaints: seen.append(message.text))
        tab.on("pageerror", lambda error, seen=complaints: seen.append(str(error)))
        tab.on("request", lambda request, seen=asked: seen.append(request.url))
        tab.goto(file.as_uri())
        tab.wait_for_function("document.documentElement.dataset.drawn")
        sizes = tab.evaluate(
            "Object.fromEntries([...document.querySelectorAll('.chart')].map(chart =>"
            " [chart.id, chart.querySelector('svg')?.getBoundingClientRect().width ?? 0]))"
        )
        assert complaints == []
        assert asked == [file.as_uri()]
        assert set(sizes) == set(drawn)
        assert all(150 < size <= width for size in sizes.values()), sizes
        assert tab.evaluate("document.documentElement.scrollWidth") == width
        assert tab.title() == "tiny · heredity"
        assert tab.evaluate("document.documentElement.dataset.drawn") == scheme
        context.close()


def test_a_single_generation_without_a_control_draws_and_answers_the_pointer(browser, written, tmp_path):
    del written.study["generations"]["second"]
    written.study["control"] = {"generations": []}
    results = written.write()
    file = tmp_path / "index.html"
    file.write_text(page(results, charts(results)), encoding="utf-8")
    tab, complaints = browser.new_page(), []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(file.as_uri())
    tab.wait_for_function("document.documentElement.dataset.drawn")
    chart = tab.locator("#learning-first svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    shown = tab.locator("#vg-tooltip-element.visible")
    expected, seen = {"member members m01 steps 600 return 100.000", "median of members"}, set()
    for across in range(
        round(0.57 * box["width"]), round(0.65 * box["width"]), 6
    ):  # m01 has a point at step 600 of 1000, and its lineage has a median everywhere
        for down in range(0, 120, 6):
            tab.mouse.move(box["x"] + across, box["y"] + down)
            text = " ".join(shown.inner_text().split()) if shown.count() else ""
            seen.add(text.partition(" steps")[0] if "median" in text else text)
        if expected <= seen:
            break
    assert expected <= seen
    assert complaints == []


@pytest.fixture
def second(browser, written, tmp_path):
    """Yield a tab, on a dark screen, with the report of a generation that has a control."""
    results = written.write()
    file = tmp_path / "index.html"
    file.write_text(page(results, charts(results)), encoding="utf-8")
    context = browser.new_context(offline=True, color_scheme="dark", viewport={"width": 1200, "height": 800})
    tab = context.new_page()
    tab.goto(file.as_uri())
    tab.wait_for_function("document.documentElement.dataset.drawn")
    yield tab
    context.close()


def test_a_legend_toggles_its_arms_and_a_figure_is_saved_as_svg_and_as_csv(second):
    lines = second.locator("#learning-second > :first-child .mark-line path")
    legend, drawn = second.locator("#learning-second > :first-child .role-legend-label text"), lines.count()
    legend.first.click()
    second.wait_for_function(f"document.querySelectorAll('#learning-second .mark-line path').length < 2 * {drawn}")
    assert 0 < lines.count() < drawn
    saved = {}
    for kind in ("SVG", "CSV"):
        with second.expect_download() as download:
            second.get_by_role("button", name=f"Save learning-second as {kind}").click()
        assert download.value.suggested_filename == f"tiny-learning-second.{kind.lower()}"
        saved[kind] = download.value.path().read_text(encoding="utf-8")
    assert saved["SVG"].startswith("<svg")
    assert 'fill="white"' in saved["SVG"]
    head, *rows = [line.split(",") for line in saved["CSV"].splitlines()]
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert {"steps": "200", "return": "110", "line": "inherited m00"}.items() <= next(
        row.items() for row in told if row["line"] == "inherited m00" and row["last"] == "true"
    )
    assert {row["arm"] for row in told if row["median"]} == {"inherited", "control"}


def test_a_dark_page_is_printed_light_in_vectors_with_its_details_open(second):
    printed = second.pdf(format="A4")
    assert b"/Subtype /Image" not in printed  # every figure is drawn, none a picture
    assert second.locator("details[open]").count() == 0  # as it was before
    second.evaluate("dispatchEvent(new Event('beforeprint'))")
    second.emulate_media(media="print", color_scheme="light")  # as browsers do while they print
    assert second.evaluate("document.documentElement.dataset.drawn") == "dark"
    assert second.locator("details:not([open])").count() == 0
    assert second.locator(".printed svg").count() == second.locator(".chart").count()
    assert all(each.is_visible() for each in second.locator(".printed svg").all())
    assert not any(each.is_visible() for each in second.locator(".chart > :first-child, nav, .save").all())
    assert second.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_page_is_drawn_anew_for_another_scheme(second):
    second.emulate_media(color_scheme="light")
    second.wait_for_function("document.documentElement.dataset.drawn === 'light'")
    assert second.locator(".chart svg").count() == second.locator(".chart").count()
    assert second.locator(".printed").count() == 0


def test_a_table_on_a_phone_shows_that_there_is_more(second):
    second.set_viewport_size({"width": 390, "height": 800})
    table = second.locator("#section-transfer .scroll").first
    assert table.evaluate("each => each.scrollWidth > each.clientWidth")
    assert "scroll" in table.evaluate("each => getComputedStyle(each).backgroundAttachment")
