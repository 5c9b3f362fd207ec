"""Pages of one's own account: name, password, country, closing; and a password forgotten."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import INTERNAL_RESET_SESSION_TOKEN, PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.listening import streams
from marketplace.listening.keys import session_of
from marketplace.mail.sending import has_server
from marketplace.problems import refused
from marketplace.users import addresses, closing, countries, naming, passwords
from marketplace.users.access import user_of, visitor
from marketplace.users.account_forms import (
    ChangeEmailForm,
    ChangePasswordForm,
    CountryForm,
    ForgottenForm,
    NameForm,
    NewPasswordForm,
    PasswordForm,
)
from marketplace.users.models import User
from marketplace.users.views import desk_of, lead_on


@never_cache
@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and what can be changed about it."""
    return account_page(request)


@login_required
@require_POST
def change_name(request: HttpRequest) -> HttpResponse:
    """What one's pages call one."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return refused(account_page(request, name_form=form))
    naming.rename(user_of(request), form.cleaned_data["name"])
    messages.success(request, "Your name is changed.")
    return redirect("users:account")


@never_cache
@sensitive_post_parameters("password", "new_password")
@login_required
@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """A new password for the one that is; other sessions end."""
    user = user_of(request)
    form = ChangePasswordForm(user, request.META["REMOTE_ADDR"], request.POST)
    if passwords.is_demo_login(user.email) or not form.is_valid():
        return refused(account_page(request, password_form=form), form.wait_seconds)
    session = session_of(request)
    if not passwords.replace(user, form.cleaned_data["new_password"], timezone.now(), session):
        form.add_error("password", "Your password was changed meanwhile.")
        return refused(account_page(request, password_form=form))
    update_session_auth_hash(request, user)
    streams.taken_along(session, session_of(request))
    messages.success(request, "Your password is changed. Everywhere else you are signed out.")
    return redirect("users:account")


@login_required
@require_POST
def say_country(request: HttpRequest) -> HttpResponse:
    """Where one listens, said or taken back."""
    form = CountryForm(request.POST)
    if not form.is_valid():
        return refused(account_page(request, country_form=form))
    code = form.cleaned_data["country"]
    countries.say(user_of(request), code)
    place = countries.names().get(code)
    said = f"Your plays count for {place} from now on." if place else "You say no country."
    messages.success(request, said)
    return redirect("users:account")


@never_cache
@sensitive_post_parameters("password")
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def close_account(request: HttpRequest) -> HttpResponse:
    """What closing forgets and what stays; with the password it is done."""
    user = user_of(request)
    form = PasswordForm(user, request.META["REMOTE_ADDR"], request.POST or None)
    reason = closing.why_not(user)
    if request.method == "POST" and not reason and form.is_valid():
        try:
            closing.close(user, timezone.now())
        except closing.AccountStays as stays:  # since a moment ago
            reason = str(stays)
        else:
            logout(request)
            messages.success(request, "Your account is closed, and who you were is forgotten.")
            return lead_on(request, resolve_url("discovery:home"))
    context = {"form": form, "reason": reason, "left": closing.left_behind(user)}
    response = render(request, "users/close.html", context)
    return refused(response, form.wait_seconds) if request.method == "POST" else response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """A link to a new password by mail. It never says whether there is such an account."""
    asked = {"email": request.GET.get("email", "")}
    form = ForgottenForm(request.META["REMOTE_ADDR"], request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        passwords.ask(form.cleaned_data["email"], timezone.now())
        context = {"email": form.cleaned_data["email"], "has_server": has_server()}
        return render(request, "users/link_sent.html", context)
    response = render(request, "users/forgotten.html", {"form": form})
    return refused(response, form.wait_seconds) if request.method == "POST" else response


@method_decorator(never_cache, name="dispatch")
@method_decorator(sensitive_post_parameters("new_password"), name="dispatch")
class NewPasswordView(PasswordResetConfirmView):
    """Where the mail's link leads: the new password, and one is signed in."""

    template_name = "users/new_password.html"
    form_class = NewPasswordForm  # type: ignore[assignment]  # one field in place of two

    def get_user(self, uidb64: str) -> User | None:
        """Nobody where the account is closed, though its link may still be young."""
        user = super().get_user(uidb64)
        return user if isinstance(user, User) and user.is_active else None

    def form_valid(self, form: Any) -> HttpResponse:
        """Set it, unless the link was used since it was looked at."""
        assert isinstance(self.user, User)
        at, before = timezone.now(), visitor(self.request)
        if not passwords.replace(self.user, form.cleaned_data["new_password"], at):
            self.validlink = False
            return self.render_to_response(self.get_context_data())
        if before and before != self.user:  # whose session ends as the other one begins
            streams.sign_out(before, session_of(self.request), at)
        addresses.confirm(self.user, at)  # the link was read there
        del self.request.session[INTERNAL_RESET_SESSION_TOKEN]
        login(self.request, self.user)
        messages.success(self.request, "Your new password is set, and you are signed in.")
        return redirect(desk_of(self.user))

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """410 for a link that is used or too old, 422 for a password that is not taken."""
        response = super().render_to_response(context, **kwargs)
        if not context["validlink"]:
            return refused(response, status=410)
        return refused(response) if self.request.method == "POST" else response


def account_page(request: HttpRequest, **bound: Any) -> HttpResponse:
    """The account's page, with the form that was not taken."""
    user = user_of(request)
    forms = {
        "name_form": NameForm(initial={"name": user.name}),
        "email_form": ChangeEmailForm(user, request.META["REMOTE_ADDR"]),
        "password_form": ChangePasswordForm(user, request.META["REMOTE_ADDR"]),
        "country_form": CountryForm(initial={"country": user.country}),
    }
    told = {
        "is_demo_login": passwords.is_demo_login(user.email),
        "is_confirmed": addresses.is_confirmed(user),
        "has_server": has_server(),
    }
    return render(request, "users/account.html", forms | bound | told)
