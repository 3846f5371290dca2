from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.RenameField(
            model_name="order",
            old_name="status",
            new_name="state",
        ),
    ]
