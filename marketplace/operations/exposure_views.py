"""Operators' page of exposure, and the same as JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from marketplace.operations import exposure_page
from marketplace.users.access import roles


@roles("operator")
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "operations/exposure.html", exposure_page.context())


@roles("operator")
def document(request: HttpRequest) -> HttpResponse:
    response = JsonResponse(exposure_page.document(), json_dumps_params={"indent": 1})
    response["Content-Disposition"] = 'attachment; filename="exposure.json"'
    return response
