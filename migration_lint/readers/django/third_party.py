"""Classes of well-known packages that migrations name, as far as the packages' own source tells what they do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from migration_lint.model.values import Reference, Value


@dataclass(frozen=True, slots=True)
class ThirdPartyField:
    """`base` is the Django field whose column it has, `options` what its constructor sets unless it is given, and
    `parameters` its own positional parameters where they differ from the base's."""

    base: str
    options: tuple[tuple[str, Value], ...] = ()
    parameters: tuple[str, ...] = ()


_TEXT = ThirdPartyField("django.db.models.TextField")
_CHAR = ThirdPartyField("django.db.models.CharField")
_SLUG = ThirdPartyField("django.db.models.SlugField")
_IMAGE = ThirdPartyField("django.db.models.ImageField")
_FOREIGN_KEY = ThirdPartyField("django.db.models.ForeignKey")
_ONE_TO_ONE = ThirdPartyField("django.db.models.OneToOneField")
_MANY_TO_MANY = ThirdPartyField("django.db.models.ManyToManyField")
_NOW = Reference("django.utils.timezone", "now")
_AUTO_CREATED = ThirdPartyField("django.db.models.DateTimeField", (("editable", False), ("default", _NOW)))
_TAGS = ThirdPartyField(
    "django.db.models.ManyToManyField",
    (("through", "taggit.TaggedItem"),),
    ("verbose_name", "help_text", "through", "blank", "related_name", "to", "manager"),
)

FIELD_CLASSES: dict[str, ThirdPartyField] = {
    "annoying.fields.AutoOneToOneField": _ONE_TO_ONE,
    "autoslug.AutoSlugField": _SLUG,
    "autoslug.fields.AutoSlugField": _SLUG,
    "ckeditor.fields.RichTextField": _TEXT,
    "ckeditor_uploader.fields.RichTextUploadingField": _TEXT,
    "cms.models.fields.PageField": ThirdPartyField("django.db.models.ForeignKey", (("to", "cms.Page"),)),
    "cms.models.fields.PlaceholderField": ThirdPartyField(
        "django.db.models.ForeignKey", (("to", "cms.Placeholder"), ("null", True)), ("slotname", "default_width")
    ),
    "colorfield.fields.ColorField": _CHAR,
    "django_countries.fields.CountryField": ThirdPartyField("django.db.models.CharField", (("max_length", 2),)),
    "django_extensions.db.fields.AutoSlugField": ThirdPartyField("django.db.models.SlugField", (("blank", True),)),
    "django_extensions.db.fields.CreationDateTimeField": ThirdPartyField(
        "django.db.models.DateTimeField", (("blank", True), ("auto_now_add", True))
    ),
    "django_extensions.db.fields.ModificationDateTimeField": ThirdPartyField(
        "django.db.models.DateTimeField", (("auto_now", True),)
    ),
    "django_fsm.FSMField": ThirdPartyField("django.db.models.CharField", (("max_length", 50),)),
    "djmoney.models.fields.CurrencyField": ThirdPartyField("django.db.models.CharField", (("max_length", 3),)),
    "djmoney.models.fields.MoneyField": ThirdPartyField("django.db.models.DecimalField"),
    "easy_thumbnails.fields.ThumbnailerField": ThirdPartyField("django.db.models.FileField"),
    "easy_thumbnails.fields.ThumbnailerImageField": _IMAGE,
    "filer.fields.file.FilerFileField": ThirdPartyField("django.db.models.ForeignKey", (("to", "filer.File"),)),
    "filer.fields.folder.FilerFolderField": ThirdPartyField("django.db.models.ForeignKey", (("to", "filer.Folder"),)),
    "filer.fields.image.FilerImageField": ThirdPartyField("django.db.models.ForeignKey", (("to", "filer.Image"),)),
    "i18nfield.fields.I18nCharField": _TEXT,
    "i18nfield.fields.I18nTextField": _TEXT,
    "markdownx.models.MarkdownxField": _TEXT,
    "model_utils.fields.AutoCreatedField": _AUTO_CREATED,
    "model_utils.fields.AutoLastModifiedField": _AUTO_CREATED,
    "model_utils.fields.MonitorField": ThirdPartyField("django.db.models.DateTimeField", (("default", _NOW),)),
    "model_utils.fields.SplitField": _TEXT,
    "model_utils.fields.StatusField": ThirdPartyField("django.db.models.CharField", (("max_length", 100),)),
    "model_utils.fields.UrlsafeTokenField": ThirdPartyField("django.db.models.CharField", (("max_length", 128),)),
    "modelcluster.contrib.taggit.ClusterTaggableManager": _TAGS,
    "modelcluster.fields.ParentalKey": _FOREIGN_KEY,
    "modelcluster.fields.ParentalManyToManyField": _MANY_TO_MANY,
    "mptt.fields.TreeForeignKey": _FOREIGN_KEY,
    "mptt.fields.TreeManyToManyField": _MANY_TO_MANY,
    "mptt.fields.TreeOneToOneField": _ONE_TO_ONE,
    "phonenumber_field.modelfields.PhoneNumberField": _CHAR,
    "picklefield.fields.PickledObjectField": _TEXT,
    "sorl.thumbnail.ImageField": _IMAGE,
    "sorl.thumbnail.fields.ImageField": _IMAGE,
    "sortedm2m.fields.SortedManyToManyField": _MANY_TO_MANY,
    "taggit.managers.TaggableManager": _TAGS,
    "timezone_field.TimeZoneField": ThirdPartyField("django.db.models.CharField", (("max_length", 63),)),
    "timezone_field.fields.TimeZoneField": ThirdPartyField("django.db.models.CharField", (("max_length", 63),)),
    "tinymce.models.HTMLField": _TEXT,
    "wagtail.core.fields.RichTextField": _TEXT,
    "wagtail.fields.RichTextField": _TEXT,
    "wagtail.fields.StreamField": ThirdPartyField("django.db.models.JSONField", (), ("block_types",)),
    "wagtail.images.models.WagtailImageField": _IMAGE,
}
"""Dotted class -> what its column is. A class whose column differs between the package's versions is not listed."""

LENGTH_BY_VERSION = frozenset({"colorfield.fields.ColorField", "phonenumber_field.modelfields.PhoneNumberField"})
"""Text fields whose length, where it is left out, depends on the package's version."""


def model_name(app: str, model: str) -> str:
    """A swappable model's name; the default one, because only the settings say whether it is swapped."""
    return f"{app}.{model}"


def split_model_name(name: str) -> tuple[str, str]:
    """A model's name in its parts."""
    app, _, model = name.rpartition(".")
    return app, model


FUNCTIONS: dict[str, Callable[..., object]] = {
    "swapper.get_model_name": model_name,
    "swapper.join": model_name,
    "swapper.split": split_model_name,
}
"""Functions of packages that can be carried out on constants."""

WITHOUT_EFFECT = frozenset({"django_migration_linter.IgnoreMigration"})
"""Operations that change neither the database nor the state."""
