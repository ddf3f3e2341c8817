"""The HTML report in a real browser. Needs the `browser` extra and a Chromium, such as Debian's `chromium`."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from planner.remedy import cl
from planner.render.formats import DRIFT, PLAN, VALIDATE
from planner.render.setting import Setting
from planner.render.validation import validate_document
from support import documents
from support.hostile import HOSTILE, hostile_plan

playwright = pytest.importorskip("playwright.sync_api", reason="the extra `browser` (playwright) is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine")

SETTING = Setting(sources=documents.sources, next_command=cl("apply", "plan.json"))
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as engine:
        chromium = engine.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open a report; the test fails where the page loads anything, or where any script throws or asks."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def opened(html: str, *, viewport: dict[str, int] = DESKTOP, scheme: str = "light") -> Any:
        file = tmp_path / "report.html"
        file.write_text(html, encoding="utf-8")
        context = browser.new_context(viewport=viewport, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"error: {error}"))
        page.on("console", lambda message: troubles.append(f"console: {message.text}"))

        def dismissed(dialog: Any) -> None:
            troubles.append("a dialog")
            dialog.dismiss()

        def loaded(request: Any) -> None:
            if request.url != file.as_uri():
                troubles.append(f"loads {request.url}")

        page.on("dialog", dismissed)
        page.on("request", loaded)
        page.goto(file.as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not troubles


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_reports_fit_the_screen_and_follow_the_scheme(show: Open, viewport: dict[str, int], scheme: str) -> None:
    reports = [
        PLAN["html"](documents.shop_plan(), SETTING),
        PLAN["html"](documents.failed_plan(), SETTING),
        DRIFT["html"](documents.drift(), SETTING),
        VALIDATE["html"](validate_document([documents.diagnostic()]), SETTING),
    ]
    for report in reports:
        page = show(report, viewport=viewport, scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]


def test_text_stands_out_from_its_ground_in_both_schemes(show: Open) -> None:
    for scheme in ("light", "dark"):
        page = show(PLAN["html"](documents.failed_plan(), SETTING), scheme=scheme)
        assert page.evaluate(_LEAST_CONTRAST) >= 4.5


_LEAST_CONTRAST = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const linear = (c) => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
    const [r, g, b] = parts(colour).map((part) => linear(part / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  return Math.min(...[...document.querySelectorAll("main *, header *")]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()))
    .filter((node) => !node.closest("svg"))
    .map((node) => [light(getComputedStyle(node).color), light(ground(node))].sort((a, b) => b - a))
    .map(([above, below]) => (above + .05) / (below + .05)));
}"""


def test_the_filter_finds_a_step_in_ten_thousand_and_gives_all_back(show: Open) -> None:
    page = show(PLAN["html"](documents.fleet_plan(10_000), SETTING))
    rows = page.locator("[data-item]:visible")
    before = rows.count()
    page.locator("#filter").fill("i-09876 vpc-6")
    playwright.expect(page.locator("#told")).to_have_text(re.compile(r"^1 of 1\d,\d{3}$"))
    assert rows.count() == 1
    assert "attach i-09876" in rows.first.inner_text()
    page.locator("#filter").fill("")
    playwright.expect(page.locator("#told")).to_have_text("")
    assert rows.count() == before


@pytest.mark.parametrize("hostile", ["markup", "attribute", "template", "bidi", "long", "wide"])
def test_a_hostile_name_does_nothing_in_a_browser(show: Open, hostile: str) -> None:
    page = show(PLAN["html"](hostile_plan(HOSTILE[hostile]), Setting()), viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("script").count() == 1
    assert page.locator("main img").count() == 0


def test_a_page_reads_without_scripts(browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(PLAN["html"](documents.shop_plan(), SETTING), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert "attach i-1 (10.1.2.3) to vpc-a" in page.inner_text("body")
    assert not page.locator("#filter").is_visible()
    context.close()


@pytest.mark.parametrize(("viewport", "shown", "hidden"), [(DESKTOP, "wide", "narrow"), (PHONE, "narrow", "wide")])
def test_the_whole_drawing_is_seen_on_a_screen_and_on_a_phone(
    show: Open, viewport: dict[str, int], shown: str, hidden: str
) -> None:
    page = show(DRIFT["html"](documents.drift(), SETTING), viewport=viewport)
    assert not page.locator(f"svg.{hidden}").is_visible()
    drawing = page.locator(f"svg.{shown}")
    for text in ("vpc-a", "172.16.0.0/16", "15 instances"):
        box = drawing.get_by_text(text).first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= viewport["width"]
        assert box["height"] >= 11


def test_the_filter_is_as_wide_as_the_page(show: Open) -> None:
    page = show(PLAN["html"](documents.failed_plan(), SETTING))
    right = [page.locator(one).first.bounding_box() for one in (".filter input", "article")]
    assert round(right[0]["x"] + right[0]["width"]) == round(right[1]["x"] + right[1]["width"])
