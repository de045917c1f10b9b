"""The pictures in the documents, taken in a headless Chromium.

    python docs/pictures.py report          report/index.html as it opens, and printed
    python docs/pictures.py ui              the newest run of a study in the Prefect UI of `make ui`, and a gate's table

The UI is the one that PREFECT_API_URL names, http://127.0.0.1:4200 where it is not set, and PREFECT_API_AUTH_STRING is
the login that it asks for.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import typer
from playwright.sync_api import sync_playwright

IMAGES = Path(__file__).parent / "images"
CHROMIUM = Path("/usr/bin/chromium")
SETTLE_MS = 2500


@contextmanager
def tab(height: int) -> Iterator[Any]:
    """Yield a browser's tab 1280 pixels wide."""
    with sync_playwright() as playwright:
        chromium = {"executable_path": str(CHROMIUM)} if CHROMIUM.exists() else {}
        browser = playwright.chromium.launch(args=["--no-sandbox"], **chromium)
        yield browser.new_page(viewport={"width": 1280, "height": height})
        browser.close()


def report() -> None:
    """Take the top of the report, verdict and learning curves, and print the whole of it."""
    with tab(1180) as page:
        page.goto(Path("report/index.html").resolve().as_uri())
        page.wait_for_function("document.documentElement.dataset.drawn")
        page.screenshot(path=IMAGES / "report.png")
        page.pdf(path=IMAGES.parent / "report.pdf", format="A4", print_background=True)


def ui() -> None:
    """Take a study's run with its generations and shards, and the table of the first gate."""
    api = os.environ.get("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    login = os.environ.get("PREFECT_API_AUTH_STRING", "")
    client = httpx.Client(auth=tuple(login.split(":", 1)) if login else None)
    runs = client.post(
        f"{api}/flow_runs/filter",
        json={
            "sort": "START_TIME_DESC",
            "limit": 1,
            "flows": {"name": {"any_": ["study"]}},
            "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
        },
    ).json()
    artifacts = client.post(f"{api}/artifacts/filter", json={"sort": "CREATED_DESC"}).json()
    gate = next(artifact["id"] for artifact in artifacts if (artifact["key"] or "").endswith("-gate"))
    places = {"ui-run": f"runs/flow-run/{runs[0]['id']}", "ui-gate": f"artifacts/artifact/{gate}"}
    for name, place in places.items():
        with tab(900) as page:
            page.add_init_script(f"localStorage.setItem('prefect-password', btoa({login!r}))")
            page.goto(f"{api.removesuffix('/api')}/{place}")
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=IMAGES / f"{name}.png")


def main(picture: Annotated[Literal["report", "ui"], typer.Argument()]) -> None:
    """Take the pictures of one kind and write them to docs/images/."""
    IMAGES.mkdir(exist_ok=True)
    {"report": report, "ui": ui}[picture]()


if __name__ == "__main__":
    typer.run(main)
