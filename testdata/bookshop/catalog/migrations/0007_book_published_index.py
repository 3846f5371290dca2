from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The safe way to what 0003 and 0006 do."""

    atomic = False
    dependencies = [("catalog", "0006_book_slug_index")]

    operations = [
        AddIndexConcurrently(
            model_name="book",
            index=models.Index(fields=["published"], name="book_published"),
        ),
    ]
