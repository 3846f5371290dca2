from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0003_book_isbn_index")]

    operations = [
        migrations.AddField(
            model_name="book",
            name="pages",
            field=models.IntegerField(default=0),
        ),
        migrations.AddField(
            model_name="book",
            name="stock",
            field=models.IntegerField(db_default=0),
        ),
    ]
