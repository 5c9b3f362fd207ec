"""The frame and every component, as a browser sees them."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import Watch, check_page
from tests.browser.served import ORIGIN, Api, serve


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_fault_at_any_width_or_theme(browser: Browser, width: int, theme: str) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    serve(context, Api())
    page = context.new_page()
    watch = Watch(page)
    page.goto(ORIGIN)
    page.wait_for_load_state("networkidle")
    assert check_page(watch) == []
    context.close()


def test_theme_is_kept_and_set_before_the_first_paint(page: Page) -> None:
    page.get_by_role("button", name="Switch light and dark").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.add_init_script(
        """new MutationObserver((_, self) => {
            if (!document.body) return;
            window.themeAtBody = document.documentElement.dataset.theme;
            self.disconnect();
        }).observe(document, {childList: true, subtree: true})"""
    )
    page.reload()
    assert page.evaluate("window.themeAtBody") == "dark"


def test_navigation_moves_focus_title_place_and_address(page: Page, watch: Watch) -> None:
    page.evaluate("window.sameDocument = true")
    page.locator("#places a", has_text="Songs").click()
    page.wait_for_url("**/songs")
    expect(page.locator("#main h1")).to_be_focused()
    expect(page.locator("#places [aria-current]")).to_have_text("Songs")
    assert page.evaluate("window.sameDocument")
    page.go_back()
    expect(page.locator("#places [aria-current]")).to_have_text("Home")
    assert page.evaluate("window.sameDocument")
    assert watch.faults == []


def test_an_answer_drawn_for_somebody_else_loads_the_whole_page(page: Page) -> None:
    page.evaluate("window.sameDocument = true; document.body.dataset.frame = 'another'")
    page.locator("#places a", has_text="Songs").click()
    page.wait_for_url(f"{ORIGIN}/songs")
    expect(page.locator("#places [aria-current]")).to_have_text("Songs")
    assert page.evaluate("window.sameDocument") is None


def test_chart_points_are_read_by_arrow_keys(page: Page) -> None:
    chart = page.locator("figure.chart").filter(has_text="Your part has grown")
    points = chart.locator("svg.wide [data-points] > *")
    points.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(points.nth(-2)).to_be_focused()
    page.keyboard.press("Home")
    expect(points.first).to_be_focused()
    assert points.first.get_attribute("aria-label") == "6 Nov: $2.000000"


def test_a_charts_table_is_one_key_away(page: Page) -> None:
    chart = page.locator("figure.chart").filter(has=page.locator("details.chart-table")).first
    chart.locator("svg.wide [data-points] > *").last.focus()
    page.keyboard.press("t")
    expect(chart.locator("table")).to_be_visible()
    expect(chart.locator(".table-wrap")).to_be_focused()


def test_a_phone_folds_what_is_not_asked_for(page: Page) -> None:
    folded = page.locator("#folded")
    expect(folded).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(folded).to_be_hidden()
    page.evaluate("location.hash = 'folded'")
    expect(folded).to_be_in_viewport()
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(page.get_by_text("What a phone folds")).to_be_hidden()
    expect(folded).to_be_visible()


def test_a_hash_shows_its_ends_and_the_whole_when_asked(page: Page) -> None:
    short = page.get_by_role("button", name="Copy the root").last
    whole = short.get_attribute("data-copy")
    short.click()  # this origin has no TLS, so the browser copies nothing itself
    expect(page.locator("#toasts")).to_contain_text(str(whole))
    page.emulate_media(media="print")
    expect(short).to_have_text(f"Copy the root: {whole}", use_inner_text=True)


def test_search_is_one_key_away(page: Page) -> None:
    page.keyboard.press("/")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()


def test_dialog_opens_closes_and_gives_focus_back(page: Page) -> None:
    opener = page.get_by_role("button", name="Open a dialog")
    opener.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def send(page: Page, address: str) -> None:
    page.get_by_role("button", name="Open a dialog").click()
    form = page.locator("#sample-dialog form")
    form.evaluate("(form, address) => { form.action = address; }", address)
    form.evaluate("form => { htmx.process(form); }")
    form.get_by_role("button", name="Withdraw").click()


def test_a_form_with_errors_keeps_the_address_and_shows_its_page(page: Page) -> None:
    page.evaluate("document.querySelector('#main h1').textContent = 'Before'")
    send(page, "/wrong")
    expect(page.locator("#main h1")).to_have_text("Style guide")
    expect(page.locator("#main .field.wrong input").first).to_be_focused()
    assert page.url == f"{ORIGIN}/"


def test_a_form_answered_by_an_error_page_keeps_what_was_typed(page: Page) -> None:
    page.get_by_label("Reference").fill("November")
    send(page, "/broken")
    expect(page.locator("#toasts .toast.error")).to_contain_text("Something broke on our side")
    expect(page.get_by_label("Reference")).to_have_value("November")


def test_page_reads_without_scripts(browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    serve(context, Api())
    page = context.new_page()
    page.goto(ORIGIN)
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()
    page.locator("#places a", has_text="Songs").click()
    page.wait_for_url(f"{ORIGIN}/songs")
    context.close()
