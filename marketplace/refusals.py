"""What is refused before a view answers: to the API in a problem's shape, to people as a page."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

from marketplace.problems import NotFound, Problem

API = "/api/"


class TooLarge(Problem):
    status = 413
    code = "too_large"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; 413 where the API was sent more than a request may hold."""
    if not request.path.startswith(API):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return _told(TooLarge("This is more than a request may hold; send less."))
    return _told(Problem("This request can’t be read; it is malformed, or has too many parts."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if not request.path.startswith(API):
        return defaults.page_not_found(request, exception)
    return _told(NotFound("The API has no such address."))


def _told(problem: Problem) -> HttpResponse:
    return JsonResponse(problem.body(), status=problem.status)
