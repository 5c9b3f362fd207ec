from django.contrib import admin
from django.http import HttpRequest

from marketplace.users.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ("email", "name", "role", "is_active", "joined_at")
    list_filter = ("role",)
    search_fields = ("email", "name")
    exclude = ("password",)
    readonly_fields = ("party", "consented_at", "joined_at", "last_login")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # people sign up themselves

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False  # money and receipts stay somebody's; `is_active` closes an account
