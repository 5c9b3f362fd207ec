"""The page of one's API keys."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.problems import Conflict, refused
from marketplace.users import api_keys, passwords
from marketplace.users.access import user_of
from marketplace.users.account_forms import ApiKeyForm


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """One's keys; a new one, asked for with the password, is shown this once."""
    user, address = user_of(request), request.META["REMOTE_ADDR"]
    form, key = ApiKeyForm(user, address, request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        try:
            key = api_keys.make(user, form.cleaned_data["name"], timezone.now())
            form = ApiKeyForm(user, address)
        except Conflict as error:
            form.add_error("name", error.detail)
    context = {
        "form": form,
        "key": key,
        "keys": user.api_keys.order_by("-made_at", "-pk"),
        "most": api_keys.MOST if passwords.is_demo_login(user.email) else 0,
    }
    response = render(request, "users/api_keys.html", context)
    return refused(response, form.wait_seconds) if form.errors else response


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """From now on the key opens nothing."""
    found = user_of(request).api_keys.filter(pk=pk).first()
    if found is not None:
        found.delete()
        messages.success(request, f"{found.name}: the key is removed.")
    return redirect("users:api-keys")
