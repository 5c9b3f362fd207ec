"""The ledger and the chain, read-only: corrections are entries, never edits."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from royalties.models import (
    ChainEvent,
    Deal,
    Entry,
    OutboxTransaction,
    PaidPlay,
    Party,
    Period,
    Terms,
)


class ReadOnly(admin.ModelAdmin[Any]):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


for model in (ChainEvent, Deal, Entry, OutboxTransaction, PaidPlay, Party, Period, Terms):
    admin.site.register(model, ReadOnly)
