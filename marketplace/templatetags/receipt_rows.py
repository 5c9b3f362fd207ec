"""The last receipts of a song, drawn in code: each page of a song has five, with two links each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from marketplace.templatetags.amounts import cents
from marketplace.templatetags.pictures import mark

register = template.Library()

ROW = (
    '<tr><td><a href="{}">{}</a></td><td class="optional">{}</td>'
    '<td class="n">{}</td><td class="n optional">{}</td><td class="n optional">{}</td>'
    '<td><a class="seal{}" href="{}">{}<span>{}</span></a></td></tr>'
)
YOU = mark_safe("<b>you</b>")


@register.simple_tag
def receipt_rows(receipts: Sequence[Any], you: UUID | None) -> SafeString:
    """`receipts`: TrackReceipts; `you`: the party of whoever looks."""
    return format_html_join("", "{}", ((_row(one, one.listener_id == you),) for one in receipts))


def _row(one: Any, yours: bool) -> SafeString:
    url = reverse("wallet:receipt", args=[one.id])
    return format_html(
        ROW,
        url,
        f"{one.at.day} {one.at:%b, %H:%M:%S}",
        YOU if yours else one.pseudonym[:4] or "a listener",
        cents(one.paid_micros),
        cents(one.makers_micros),
        cents(one.fans_micros),
        "" if one.seal.settled else " pending",
        url,
        mark("seal"),
        one.seal.text,
    )
