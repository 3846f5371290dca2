from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0004_order_state_index")]

    operations = [
        # migration-lint: ignore[drop-table] no release since 2.3 reads it, and it has been empty ever since
        migrations.DeleteModel(name="Voucher"),
    ]
