"""The report beside the UI: behind the login, apart from the UI's own pages, and linked only where it opens."""

import warnings

import httpx
import pytest
from starlette.responses import PlainTextResponse

from heredity.orchestration import report_page
from heredity.orchestration.report_page import CHALLENGE, PLACE, ReportPage, report_link

with warnings.catch_warnings():  # it would rather have another version of httpx
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

LOGIN = ("heredity", "5ec2e7")
UI = "http://127.0.0.1:4200"


@pytest.fixture
def page(tmp_path):
    return tmp_path / "index.html"


@pytest.fixture
def browser(page):
    return TestClient(ReportPage(PlainTextResponse("the UI"), page, ":".join(LOGIN)), base_url=UI)


def test_with_the_login_it_opens_in_a_place_of_its_own(browser, page):
    assert browser.get(PLACE, auth=LOGIN).status_code == 404
    page.write_text("<h1>tiny</h1>")
    for place in (PLACE, PLACE.rstrip("/")):
        answer = browser.get(place, auth=LOGIN)
        assert (answer.status_code, answer.text) == (200, "<h1>tiny</h1>")
        assert "allow-same-origin" not in answer.headers["content-security-policy"]
        assert answer.headers["content-security-policy"].startswith("sandbox ")


@pytest.mark.parametrize("login", [None, ("heredity", ""), ("heredity", "5ec2e"), ("admin", "5ec2e7"), ("", "")])
def test_without_it_the_browser_asks_for_it(browser, page, login):
    page.write_text("<h1>tiny</h1>")
    answer = browser.get(PLACE, auth=login)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, CHALLENGE)
    assert "tiny" not in answer.text


def test_a_server_without_a_login_shows_it_to_nobody(page):
    page.write_text("<h1>tiny</h1>")
    stranger = TestClient(ReportPage(PlainTextResponse("the UI"), page, None), base_url=UI)
    assert [stranger.get(PLACE, auth=login).status_code for login in (None, ("", ""), LOGIN)] == [401] * 3


@pytest.mark.parametrize("path", ["/", "/report/../x", "/reports", "/report/x", "/runs/report/"])
def test_everything_else_is_the_applications(browser, path):
    assert browser.get(path).text == "the UI"


@pytest.mark.parametrize("answer", [httpx.Response(401, headers={"www-authenticate": "Basic"}), httpx.Response(200)])
def test_a_link_is_given_where_it_opens_and_a_path_elsewhere(browser, page, monkeypatch, answer):
    asked = []
    monkeypatch.setattr(report_page.httpx, "get", lambda url, **_: asked.append(url) or browser.get(PLACE))
    assert report_link(f"{UI}/api", page).startswith(f"[the report]({PLACE})")
    assert asked == [f"{UI}{PLACE}"]
    monkeypatch.setattr(report_page.httpx, "get", lambda *_, **__: answer)
    assert report_link(f"{UI}/api", page) == f"`{page}`, to be opened in a browser"


@pytest.mark.parametrize("url", [None, "", "http://127.0.0.1:9/api"])
def test_without_a_server_the_path_is_told(page, url):
    assert report_link(url, page) == f"`{page}`, to be opened in a browser"
