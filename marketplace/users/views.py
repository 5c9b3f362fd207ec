"""Pages: log in, sign up."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.views import LoginView as DjangoLoginView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from marketplace.demo import people
from marketplace.users.forms import TAKEN, LoginForm, SignUpForm
from marketplace.users.models import User
from marketplace.users.signup import sign_up


class LoginView(DjangoLoginView):
    template_name = "users/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """In the demo the page tells the logins that everybody may try."""
        context = super().get_context_data(**kwargs)
        if settings.DEMO:
            context |= {"demo_logins": people.LOGINS, "demo_password": people.PASSWORD}
        return context


def sign_up_page(request: HttpRequest) -> HttpResponse:
    """One step: who you are, then on to where you were going."""
    form = SignUpForm(request.POST or None)
    onward = request.POST.get("next") or request.GET.get("next", "")
    if request.method == "POST" and form.is_valid() and (user := _signed_up(form)):
        login(request, user)
        if url_has_allowed_host_and_scheme(onward, allowed_hosts={request.get_host()}):
            return redirect(onward)
        return redirect("wallet:wallet" if user.role == user.Role.LISTENER else "studio:overview")
    status = 422 if request.method == "POST" else 200
    return render(request, "users/sign_up.html", {"form": form, "next": onward}, status=status)


def _signed_up(form: SignUpForm) -> User | None:
    try:
        return sign_up(at=timezone.now(), **form.sign_up_fields())
    except IntegrityError:  # sent twice at once
        form.add_error("email", TAKEN)
        return None
