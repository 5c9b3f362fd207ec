"""The components, rendered as pages render them, out of the style guide's samples."""

import re

import pytest
from django.conf import settings
from django.template import engines
from django.template.loader import render_to_string

from marketplace import styleguide
from marketplace.templatetags import track_rows


def render(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(styleguide.context() | context)


def test_track_row_says_its_price_to_everyone() -> None:
    html = render("{% track_row rows.0 %}")
    assert 'aria-label="Play Ghost Ferry for 0.83\u00a0¢"' in html
    assert 'data-surface="press"' in html
    assert "1,960" in html


def test_titles_are_escaped() -> None:
    row = styleguide.sample_row(1, "<script>alert(1)</script>", 'a" onload="x')
    html = render("{% track_row one %}", one=row)
    assert "<script>" not in html
    assert ' onload="x' not in html


def test_a_row_is_alike_for_everybody_but_for_its_share_and_like() -> None:
    row = styleguide.sample_row(1, "Ghost Ferry", "Mirela Anso")
    mine = track_rows.with_own(track_rows.row_pieces(row), 1_960, True)
    assert "You own 1,960 of its" in mine
    assert 'data-liked="true"' in mine
    assert render("{% track_row one %}", one=row | {"units_owned": 1_960, "liked": True}) == mine
    because = track_rows.reason_line({"icon": "users", "text": "a < b"})
    assert "a &lt; b" in track_rows.with_own(track_rows.row_pieces(row), 0, False, because)
    nobodys = track_rows.with_own(track_rows.row_pieces(row), 0, False)
    assert "You own" not in nobodys
    assert nobodys == render("{% track_row one %}", one=row)


def test_a_shelf_names_its_price_and_escapes_names() -> None:
    row = styleguide.sample_row(1, "<script>", 'a" onload="x')
    html = render("{% shelf_item one note %}", one=row, note="3 plays & more")
    assert "3 plays &amp; more" in html
    assert "<script>" not in html
    assert ' onload="x' not in html


def test_a_fall_has_an_arrow_and_a_sign() -> None:
    html = render("{% change -200 %}")
    assert "arrow-down-right" in html
    assert "−0.02" in html


def test_a_price_that_did_not_move_says_nothing_in_a_list() -> None:
    row = styleguide.sample_row(1, "Ghost Ferry", "Mirela Anso")
    assert "since yesterday" in render("{% track_row one %}", one=row | {"change_micros": 200})
    still = render("{% track_row one %}", one=row | {"change_micros": 0})
    assert "since yesterday" not in still
    assert 'class="change' not in still


def test_a_large_cover_throws_its_colours_once_it_has_one() -> None:
    assert '<img class="glow" src="/c" alt="">' in render("{% glow one %}", one={"cover_url": "/c"})
    assert not render("{% glow one %}", one={"cover_url": ""}).strip()
    assert render("{% ambience '/c' %}") == '<img class="ambience" src="/c" alt="">'
    assert render("{% ambience '' %}") == ""


def test_several_songs_have_one_cover_of_four_or_of_the_first() -> None:
    songs = [{"cover_url": f"/{n}"} for n in range(6)]
    assert render("{% covers songs 'user' %}", songs=songs).count("<img") == 4
    few = render("{% covers songs 'user' %}", songs=songs[:3])
    assert '<img src="/0" alt="">' in few
    assert few.count("<img") == 1
    assert "#user" in render("{% covers songs 'user' %}", songs=[])


def test_pay_marker_stands_at_the_counting_point() -> None:
    html = render("{% waveform_stage peaks 0.135 30 222 %}")
    assert 'x="13.5%"' in html
    assert "0:30" in html


def test_coordinates_have_one_digit_and_no_sign_on_nothing() -> None:
    drawn = [render("{{ x|px }}", x=x) for x in (85.04, 7, -0.04, -396.0)]
    assert drawn == ["85.0", "7.0", "0.0", "-396.0"]


def test_ring_turns_the_fans_to_the_top() -> None:
    html = render("{% ring slices pool %}")
    assert 'transform="rotate(-126.0 110 110)"' in html
    assert "You own 4,120" in html


def test_split_names_every_part_in_order() -> None:
    html = render("{% split_bar slices %}")
    assert re.findall(r'<rect[^>]* x="(\d+)"', html) == ["0", "2000", "6500", "8500", "9500"]


def test_proof_turns_to_the_side_of_the_next_step() -> None:
    html = render("{% proof_tree steps root %}")
    assert re.findall(r'class="to-(\w+)', html) == ["right", "left", "root"]


def test_charts_without_figures_say_so() -> None:
    html = render('{% area_chart none "No plays yet" "Dollars a day" %}', none=[])
    assert "The first figure appears here" in html


def test_each_point_of_a_chart_says_its_figure_and_escapes_its_name() -> None:
    html = render('{% area_chart days "a" "b" unit="cents" %}', days=[("<b>", 9_400), ("2", 0)])
    assert "<b>:" not in html
    assert html.count('aria-label="&lt;b&gt;: 0.9400\u00a0¢" tabindex="-1"') == 2  # wide, narrow
    assert html.count('aria-label="2: 0.0000\u00a0¢" tabindex="0"') == 2
    assert '<td>&lt;b&gt;</td><td class="n">0.9400\u00a0¢</td>' in html


def test_a_day_that_is_not_over_is_told_in_the_tables_of_charts() -> None:
    html = render(
        '{% stack_chart days series "a" "b" so_far=True %}{% area_chart area "a" "b" so_far=True %}'
    )
    assert html.count("<td>19 Nov, so far</td>") == 2
    assert 'class="column so-far"' in html
    assert 'class="series play so-far"' in html


def test_money_table_opens_by_a_link_that_can_be_sent() -> None:
    html = render('{% include "components/money_table.html" with table=table %}')
    assert 'href="?open=18" aria-expanded="false"' in html
    assert "Its songs stand here." in html


def test_nothing_needs_an_inline_style_or_script() -> None:
    html = render(
        "{% waveform_stage peaks 0.5 30 60 %}{% ring slices pool %}{% split_bar slices %}"
        "{% area_chart area 'a' 'b' %}{% stack_chart days series 'a' 'b' %}"
        "{% proof_tree steps root %}{% price_chart prices 5000 12000 'a' %}"
        '{% include "components/receipt.html" %}{% include "components/money_table.html" %}'
    )
    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "500.html"])
def test_error_pages_stand_without_any_context(name: str) -> None:
    html = render_to_string(name, {})
    assert "<h1>" in html
    assert 'id="main"' in html


def test_every_component_explains_its_context() -> None:
    for path in (settings.BASE_DIR / "marketplace/templates/components").glob("*.html"):
        assert path.read_text().startswith(("{#", "{% comment %}")), path.name


def test_every_icon_used_is_in_the_sprite() -> None:
    sprite = (settings.BASE_DIR / "marketplace/static/vendor/lucide.svg").read_text()
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    used: set[str] = set()
    for path in (settings.BASE_DIR / "marketplace").rglob("*.html"):
        used |= set(re.findall(r'{% icon "([^"]+)"', path.read_text()))
    assert used <= drawn, used - drawn
