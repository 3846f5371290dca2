"""Field classes of well-known packages, each with the Django class that decides about its column."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ThirdPartyField:
    """`base` is the Django field whose column it has, `options` what its constructor sets unless it is given, and
    `parameters` its own positional parameters where they differ from the base's."""

    base: str
    options: tuple[tuple[str, object], ...] = ()
    parameters: tuple[str, ...] = ()


TEXT = ThirdPartyField("django.db.models.TextField")
CHAR = ThirdPartyField("django.db.models.CharField")
FOREIGN_KEY = ThirdPartyField("django.db.models.ForeignKey")

FIELD_CLASSES: dict[str, ThirdPartyField] = {
    "wagtail.fields.RichTextField": TEXT,
    "wagtail.core.fields.RichTextField": TEXT,
    "modelcluster.fields.ParentalKey": FOREIGN_KEY,
}
