from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_book_slug")]

    operations = [
        AddIndexConcurrently(
            model_name="book",
            index=models.Index(fields=["slug"], name="book_slug"),
        ),
    ]
