"""Pages by which an e-mail is confirmed and changed: forms, and where the links in mails lead."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from marketplace.mail.sending import has_server
from marketplace.problems import Conflict, refused
from marketplace.users import address_links, addresses, passwords, throttle
from marketplace.users.access import user_of
from marketplace.users.account_forms import ChangeEmailForm
from marketplace.users.account_views import account_page
from marketplace.users.views import desk_of, safe_next


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def change_email(request: HttpRequest) -> HttpResponse:
    """Have a link sent to the new address; it never says whether another account has it."""
    if request.method != "POST":  # the answer loaded anew
        return redirect("users:account")
    user = user_of(request)
    form = ChangeEmailForm(user, request.META["REMOTE_ADDR"], request.POST)
    if passwords.is_demo_login(user.email) or not form.is_valid():
        return refused(account_page(request, email_form=form), form.wait_seconds)
    email = form.cleaned_data["email"]
    addresses.ask(user, email, timezone.now())
    return render(request, "users/address_asked.html", {"email": email, "has_server": has_server()})


@login_required
@require_POST
def ask_again(request: HttpRequest) -> HttpResponse:
    """Have the link to the address that one signed up with sent once more; 429 after some."""
    user, back = user_of(request), safe_next(request) or "users:account"
    if addresses.is_confirmed(user):
        return redirect(back)
    try:
        throttle.take(throttle.ASK, request.META["REMOTE_ADDR"])
        throttle.take(throttle.LINK, user.email)
    except throttle.TooManyTries as error:
        messages.error(request, f"Enough of these mails for now; ask again {error.words}.")
        return refused(account_page(request), error.wait_seconds)
    addresses.ask_first(user, timezone.now())
    messages.success(request, f"The link is on its way to {user.email}.")
    return redirect(back)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_first(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link of the first mail leads; 410 for one that is too old or of another login."""
    user = user_of(request)
    if not address_links.first_confirmed(token, user):
        return refused(render(request, "users/address_spent.html"), status=410)
    if request.method != "POST" and user.confirmed_at is None:
        return render(request, "users/address_first.html")
    addresses.confirm(user, timezone.now())
    messages.success(request, f"{user.email} is confirmed. Thank you.")
    return redirect(desk_of(user))


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link to the new address leads; 410 for one that is spent or of another login."""
    user = user_of(request)
    email = address_links.confirmed(token, user)
    if email is None:
        return refused(render(request, "users/address_spent.html"), status=410)
    if request.method != "POST":
        return render(request, "users/address_confirm.html", {"email": email})
    try:
        addresses.change(user, email, timezone.now())
    except Conflict as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"From now on you sign in with {email}.")
    return redirect("users:account")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_back(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link to the old address leads: whoever has it need not be signed in."""
    found = address_links.taken_back(token)
    if found is None or not addresses.may_take_back(found[0]):
        return refused(render(request, "users/address_spent.html"), status=410)
    change, email = found
    context: dict[str, object] = {"email": email, "has_server": has_server()}
    if request.method != "POST":
        return render(request, "users/address_back.html", context)
    try:
        taken = addresses.take_back(change, email, timezone.now())
    except Conflict as error:
        context["error"] = error.detail
        return refused(render(request, "users/address_back.html", context))
    if not taken:
        return refused(render(request, "users/address_spent.html"), status=410)
    return render(request, "users/link_sent.html", context)
