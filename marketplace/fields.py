"""Serializers whose fields are made once, not for each request.

REST framework copies a serializer's fields, and derives a model's, for every object it reads or
writes: most of the time of a quote. Invariant: such fields hang on their class alone, on no request
and no instance.
"""

from __future__ import annotations

from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from rest_framework import serializers
from rest_framework.utils.serializer_helpers import BindingDict

if TYPE_CHECKING:
    Base = serializers.Serializer[Any]
else:
    Base = object


class FieldsOnce(Base):
    """Put before the serializer's own class."""

    @cached_property
    def fields(self) -> BindingDict:
        return _fields(type(self))


@cache
def _fields(kind: type[FieldsOnce]) -> BindingDict:
    fields: BindingDict = super(FieldsOnce, kind()).fields
    return fields
