"""The genres that songs on sale are in, as most of each spell it, for forms to suggest."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import connection
from django.forms.renderers import BaseRenderer
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from marketplace.kept import kept
from marketplace.users.form_fields import Line

MOST = 100
GENRE_LENGTH = 60
KNOWN = """
SELECT mode() WITHIN GROUP (ORDER BY btrim(genre))
FROM catalog_track WHERE state = 'published' AND genre <> ''
GROUP BY lower(btrim(genre)) ORDER BY count(*) DESC, 1 LIMIT %s
"""


def known() -> list[str]:
    """Those of most songs, in the order of the alphabet; some minutes old."""
    return kept("genres", _read, lasting=True)


class Suggesting(forms.TextInput):
    """A line in which anything may be written; the browser offers what others wrote."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        list_id = f"{name}-known"
        line = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        options = format_html_join("", '<option value="{}"></option>', ((one,) for one in known()))
        return format_html('{}<datalist id="{}">{}</datalist>', line, list_id, options)


def genre_field(help_text: str) -> Line:
    return Line(max_length=GENRE_LENGTH, required=False, widget=Suggesting(), help_text=help_text)


def _read() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [MOST])
        return sorted((name for (name,) in cursor.fetchall()), key=str.casefold)
