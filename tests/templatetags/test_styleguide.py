"""The style guide is whole: every component stands there, with every branch of it drawn."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.template import Context, VariableDoesNotExist, engines
from django.template.defaulttags import IfNode
from django.template.loader import render_to_string

from marketplace import styleguide
from marketplace.users.frame import Place
from marketplace.users.models import User

# They would ask the server, and the guide has none to ask.
NOT_DRAWN = {("progress", "poll_url")}
ASKING = {"again"}
COMPONENTS = settings.BASE_DIR / "marketplace/templates/components"
PURSE = {
    "available_micros": 6_413_333,
    "spent_today_micros": 14_210,
    "spent_month_micros": 142_100,
    "cap_micros": 500_000,
}


def components() -> Iterator[tuple[str, Any]]:
    """Each component's name and its parsed template, the one that pages include."""
    for path in sorted(COMPONENTS.glob("*.html")):
        yield path.stem, engines["django"].get_template(f"components/{path.name}").template  # type: ignore[attr-defined]


def conditions(template: Any) -> list[IfNode]:
    return list(template.nodelist.get_nodes_by_type(IfNode))


PLACES = tuple(Place("Home", "house", "/", here) for here in (True, False))
FRAMES: list[dict[str, Any]] = [
    {"user": None, "purse": None},
    {"user": User(pk=7, name="Listener", role="listener"), "purse": PURSE},
    {
        "user": User(pk=8, name="Operator", is_staff=True),
        "purse": PURSE | {"cap_micros": None, "held_micros": 9_400},
    },
]


def draw(frame: dict[str, Any]) -> None:
    shown = {"places": PLACES, "messages": ["Saved."]}
    render_to_string("styleguide.html", styleguide.context() | frame | shown)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> set[tuple[int, int]]:
    """(condition, branch) of all that was decided while the guide was drawn for everybody."""
    decided: set[tuple[int, int]] = set()

    def render(node: IfNode, context: Context) -> str:
        for branch, (condition, inside) in enumerate(node.conditions_nodelists):
            if condition is None or is_true(condition, context):
                decided.add((id(node), branch))
                return str(inside.render(context))
        decided.add((id(node), len(node.conditions_nodelists)))
        return ""

    monkeypatch.setattr(IfNode, "render", render)
    for frame in FRAMES:
        draw(frame)
    return decided


def is_true(condition: Any, context: Context) -> bool:
    try:
        return bool(condition.eval(context))
    except VariableDoesNotExist:
        return False


def test_every_component_stands_in_the_style_guide_in_each_of_its_states(
    drawn: set[tuple[int, int]],
) -> None:
    missing = []
    for name, template in components():
        for node in conditions(template):
            branches = node.conditions_nodelists
            last = len(branches) + (branches[-1][0] is not None)  # without an else: nothing drawn
            missing += [
                f"{name}.html {said(node, branch)}"
                for branch in range(last)
                if (id(node), branch) not in drawn and (name, first(node)) not in NOT_DRAWN
            ]
    assert missing == []


def first(node: IfNode) -> str:
    """What the condition asks first."""
    return str(getattr(node.conditions_nodelists[0][0], "text", ""))


def said(node: IfNode, branch: int) -> str:
    if branch == len(node.conditions_nodelists):
        return f"never without {node.conditions_nodelists[0][0]!r}"
    condition = node.conditions_nodelists[branch][0]
    return f"never {condition!r}" if condition is not None else "never its else"


def test_every_component_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those without a condition."""
    names: set[str] = set()
    for name, template in components():
        original = template.render

        def noted(context: Context, name: str = name, original: Any = original) -> str:
            names.add(name)
            return str(original(context))

        monkeypatch.setattr(template, "render", noted)
    draw(FRAMES[1])
    assert {name for name, _ in components()} - names == ASKING
