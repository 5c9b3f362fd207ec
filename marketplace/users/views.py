"""Pages: sign in, sign up, and signing up inside the player."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.contrib.auth.views import LogoutView as DjangoLogoutView
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import iri_to_uri
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from marketplace.demo import logins
from marketplace.listening import streams
from marketplace.listening.keys import session_of
from marketplace.problems import refused
from marketplace.users.access import user_of, visitor
from marketplace.users.forms import TAKEN, LoginForm, SignUpForm
from marketplace.users.invitation import invitation
from marketplace.users.models import User
from marketplace.users.signup import WELCOME_MICROS, join

DESKS = {
    "artist": "studio:overview",
    "label": "studio:label",
    "operator": "operations:overview",
}


class LoginView(DjangoLoginView):
    template_name = "users/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_initial(self) -> dict[str, Any]:
        """Who was told that the e-mail has an account need not write it again."""
        return super().get_initial() | {"username": self.request.GET.get("email", "")}

    def get_redirect_url(self, request: HttpRequest | None = None) -> str:
        """Not this page again: who is signed in would be led on from it to itself."""
        asked = super().get_redirect_url()
        return "" if asked == self.request.path else asked

    def get_default_redirect_url(self) -> str:
        return desk_of(user_of(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In the demo the page tells the logins that everybody may try."""
        context = super().get_context_data(**kwargs)
        if settings.DEMO:
            context |= {"demo_logins": logins.LOGINS, "demo_password": logins.PASSWORD}
        return context

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """422, or 429 after too many wrong passwords."""
        return refused(super().form_invalid(form), getattr(form, "wait_seconds", 0))


class LogoutView(DjangoLogoutView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What this session plays stops with it; what another one plays goes on."""
        if request.user.is_authenticated:
            streams.sign_out(user_of(request), session_of(request), timezone.now())
        return super().post(request, *args, **kwargs)


@require_safe
def admin_login(request: HttpRequest) -> HttpResponse:
    """The admin's door is the same as everybody's, and as slow to guess at."""
    if request.user.is_authenticated:
        raise PermissionDenied("This page is for operators.")
    onward = request.GET.get("next") or reverse("admin:index")
    return redirect(f"{reverse('users:login')}?{urlencode({'next': onward})}")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_up_page(request: HttpRequest) -> HttpResponse:
    """One step: who you are, then on to where you were going. Inside the player by htmx."""
    onward = safe_next(request)
    if visitor(request):
        return lead_on(request, onward or desk_of(user_of(request)))
    asked = {"role": request.GET.get("as", "listener"), "email": request.GET.get("email", "")}
    form = SignUpForm(request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid() and (user := _joined(request, form)):
        login(request, user)
        _welcome(request, user, form)
        return lead_on(request, onward or _first_page(user, form))
    song = request.POST.get("song") or request.GET.get("song", "")
    context = {"form": form, "next": onward, "song": song, "invitation": invitation(song)}
    template = "users/join_form.html" if _is_htmx(request) else "users/sign_up.html"
    response = render(request, template, context)
    return refused(response, form.wait_seconds) if request.method == "POST" else response


def safe_next(request: HttpRequest) -> str:
    """Where one was going, if that is a page of ours; else nothing."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    here = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if here and "/" in asked else ""  # a bare word would be taken for a view's name


def desk_of(user: User) -> str:
    """Listeners begin at Home, everybody else where their work is."""
    return resolve_url(DESKS.get(user.role, "discovery:home"))


def lead_on(request: HttpRequest, url: str) -> HttpResponse:
    """A new page, drawn for the one who is signed in now; htmx loads it whole."""
    if _is_htmx(request):
        return HttpResponse(headers={"HX-Redirect": iri_to_uri(url)})
    return redirect(url)


def _joined(request: HttpRequest, form: SignUpForm) -> User | None:
    if not form.take_from(request.META["REMOTE_ADDR"]):
        return None
    try:
        return join(timezone.now(), **form.joining())
    except IntegrityError:  # sent twice at once
        form.add_error("email", ValidationError(TAKEN, code="taken"))
        return None


def _welcome(request: HttpRequest, user: User, form: SignUpForm) -> None:
    words = f"Welcome, {user.name}."
    if form.cleaned_data.get("test_money"):
        limit = form.cleaned_data["monthly_limit"]
        words += f" ${WELCOME_MICROS // 1_000_000} of test money is yours; plays stop at ${limit}"
        words += " a month."
    messages.success(request, words)


def _first_page(user: User, form: SignUpForm) -> str:
    """As after signing in; a listener without money begins at the wallet."""
    if user.role == User.Role.LISTENER and not form.cleaned_data.get("test_money"):
        return resolve_url("wallet:wallet")
    return desk_of(user)


def _is_htmx(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers
