"""What every button of operators does: the deed, a sentence about it, and back to its page."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.problems import Problem
from royalties.errors import RoyaltiesError


def done(request: HttpRequest, do: Callable[[], object], told: str, page: str) -> HttpResponse:
    """Do it; say `told`, or why it can't be done; show `page`, a URL's name."""
    try:
        do()
    except Problem as error:
        messages.error(request, error.detail)
    except RoyaltiesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, told)
    return redirect(page)
