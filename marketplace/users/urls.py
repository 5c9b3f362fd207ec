from django.urls import path

from marketplace.users import account_views, address_views, api_key_views, views

app_name = "users"
urlpatterns = [
    path("login", views.LoginView.as_view(), name="login"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("admin/login/", views.admin_login, name="admin-login"),
    path("admin/logout/", views.LogoutView.as_view(), name="admin-logout"),
    path("sign-up", views.sign_up_page, name="sign-up"),
    path("password/forgotten", account_views.forgotten, name="forgotten"),
    path(
        "password/new/<uidb64>/<token>",
        account_views.NewPasswordView.as_view(),
        name="new-password",
    ),
    path("account", account_views.account, name="account"),
    path("account/name", account_views.change_name, name="name"),
    path("account/email", address_views.change_email, name="email"),
    path("account/email/again", address_views.ask_again, name="confirm-again"),
    path("account/email/first/<token>", address_views.confirm_first, name="confirm-first"),
    path("account/email/back/<token>", address_views.take_back, name="take-back"),
    path("account/email/<token>", address_views.confirm, name="confirm"),
    path("account/keys", api_key_views.keys, name="api-keys"),
    path("account/keys/<int:pk>/remove", api_key_views.remove, name="remove-api-key"),
    path("account/password", account_views.change_password, name="password"),
    path("account/country", account_views.say_country, name="country"),
    path("account/close", account_views.close_account, name="close"),
]
