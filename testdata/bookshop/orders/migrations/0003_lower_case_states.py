from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_rename_status")]

    operations = [
        migrations.RunSQL("UPDATE orders_order SET state = lower(state) WHERE state <> lower(state)"),
    ]
