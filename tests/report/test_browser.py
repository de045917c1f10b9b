"""The page as a reader sees it: headless, offline, on a desk and on a phone."""

from dataclasses import replace

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
            " [chart.id, chart.querySelector('canvas, svg')?.getBoundingClientRect().width ?? 0]))"
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
    box = tab.locator("#learning-first canvas").bounding_box()
    shown = tab.locator("#vg-tooltip-element.visible")
    middle = [(across, down) for across in (5, 12, -2, -9, 19, -16) for down in range(0, int(box["height"]), 8)]
    for across, down in middle:  # m00 has a point at step 500 of 1000, near the middle
        tab.mouse.move(box["x"] + box["width"] / 2 + across, box["y"] + down)
        if shown.count():
            break
    assert shown.inner_text().split() == ["member", "members", "m00", "steps", "500", "return", "60.000"]
    assert complaints == []
