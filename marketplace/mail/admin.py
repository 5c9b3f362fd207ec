from django.contrib import admin
from django.http import HttpRequest

from marketplace.mail.models import Mail


@admin.register(Mail)
class MailAdmin(admin.ModelAdmin[Mail]):
    """What waits, and why; to be read, or given up by deleting it."""

    list_display = ("user", "kind", "written_at", "due_at", "tries", "error")
    readonly_fields = ("user", "kind", "about", "written_at", "due_at", "tries", "error")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
