from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("catalog", "0007_book_published_index")]

    operations = [
        migrations.RemoveField(
            model_name="book",
            name="subtitle",
        ),
    ]
