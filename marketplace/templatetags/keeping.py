"""`{% kept page %} ... {% endkept %}`: a part of a page that is made once and shown for a while.

`{% fixed "components/x.html" name=value %}`: a component of these values alone, drawn once in a
process. `{% fixed_url "app:name" %}`: such a page's address, looked up once.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token
from django.template.context import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from marketplace.kept import Part

register = template.Library()


@register.tag("kept")
def keep(parser: Parser, token: Token) -> KeptNode:
    """Shows the part named, a `Part`; its context is asked for only when it isn't kept."""
    _, name = token.split_contents()
    inside = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(parser.compile_filter(name), inside)


@register.simple_tag
@lru_cache(maxsize=1024)
def fixed(component: str, **values: Hashable) -> SafeString:
    """A component that depends on these values alone: drawn once in a process."""
    return mark_safe(get_template(component).render(values))


@register.simple_tag
@lru_cache(maxsize=64)
def fixed_url(name: str) -> str:
    """The address of a page that there is once."""
    return reverse(name)


class KeptNode(Node):
    def __init__(self, part: FilterExpression, nodelist: NodeList) -> None:
        self.part, self.nodelist = part, nodelist

    def render(self, context: Context) -> SafeString:
        part: Part = self.part.resolve(context)
        return part.shown(lambda: self._made(part, context))

    def _made(self, part: Part, context: Context) -> SafeString:
        with context.push(**part.make()):
            return self.nodelist.render(context)
