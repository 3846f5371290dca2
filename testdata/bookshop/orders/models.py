from django.db import models


class Shop(models.Model):
    name = models.CharField(max_length=100)


class Order(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT)
    number = models.CharField(max_length=20, unique=True)
    state = models.CharField(max_length=20, default="new")
    book = models.ForeignKey("catalog.Book", on_delete=models.PROTECT)
    ordered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["state", "shop"], name="order_state"),
        ]
