from django.db import migrations, models


class Migration(migrations.Migration):
    """Only what a live database does not notice: a nullable column, a longer varchar, a help text."""

    dependencies = [("catalog", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="book",
            name="published",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="book",
            name="title",
            field=models.CharField(help_text="As on the cover.", max_length=300),
        ),
    ]
