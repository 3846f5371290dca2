from django.db import migrations, models
from django.utils.text import slugify

from catalog.models import Book


def fill_slugs(apps, schema_editor):
    for book in Book.objects.filter(slug=None).iterator(chunk_size=500):
        Book.objects.filter(pk=book.pk).update(slug=slugify(book.title)[:50])


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_book_pages")]

    operations = [
        migrations.AddField(
            model_name="book",
            name="slug",
            field=models.SlugField(db_index=False, null=True),
        ),
        migrations.RunPython(fill_slugs),
    ]
