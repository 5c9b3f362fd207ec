from django.contrib import admin

from marketplace.users.models import User


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    list_display = ("email", "name", "role", "is_active", "joined_at")
    list_filter = ("role",)
    search_fields = ("email", "name")
    exclude = ("password",)
    readonly_fields = ("party", "consented_at", "joined_at", "last_login")
