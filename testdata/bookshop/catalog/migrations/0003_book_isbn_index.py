from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0002_book_published")]

    operations = [
        migrations.AddIndex(
            model_name="book",
            index=models.Index(fields=["isbn"], name="book_isbn"),
        ),
    ]
