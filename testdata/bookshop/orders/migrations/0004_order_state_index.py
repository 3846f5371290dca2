from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0003_lower_case_states")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(fields=["state", "shop"], name="order_state"),
        ),
    ]
