"""Files that a studio takes away: CSV that no spreadsheet takes for formulas."""

from django.http import HttpResponse


def csv_file(name: str) -> HttpResponse:
    """An empty one, to be written into."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
