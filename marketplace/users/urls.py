from django.urls import path

from marketplace.users import views

app_name = "users"
urlpatterns = [
    path("login", views.LoginView.as_view(), name="login"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("admin/login/", views.admin_login, name="admin-login"),
    path("account/country", views.say_country, name="country"),
    path("account/close", views.close_account, name="close"),
    path("sign-up", views.sign_up_page, name="sign-up"),
]
