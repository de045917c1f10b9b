"""The Prefect UI as a person opens it, in a headless browser."""

import pytest
from prefect.settings import PREFECT_API_URL


@pytest.fixture
def opened(browser, finished):
    """Return a function that opens a page of the UI and waits for a text on it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()

    def open_page(place, text):
        tab.goto(f"{PREFECT_API_URL.value().removesuffix('/api')}/{place}")
        tab.get_by_text(text).first.wait_for(timeout=30_000)
        return tab

    yield open_page
    context.close()


def test_the_run_shows_its_stages_and_shards(finished, opened):
    tab = opened(f"runs/flow-run/{finished[1]}", "control@second")
    shown = tab.inner_text("body")
    assert "params.yaml" in shown
    assert "founders" in shown


def test_a_gates_table_is_an_artifact(finished, opened):
    tab = opened("artifacts/key/tiny-first-gate", "m00")
    shown = tab.inner_text("body")
    assert "m01" in shown
    assert "may have heirs; threshold 20" in shown
