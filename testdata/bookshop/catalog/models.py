from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=200)


class Book(models.Model):
    title = models.CharField(max_length=300, help_text="As on the cover.")
    author = models.ForeignKey(Author, on_delete=models.PROTECT, related_name="books")
    isbn = models.CharField(max_length=13)
    published = models.DateField(null=True)
    pages = models.IntegerField(default=0)
    slug = models.SlugField(null=True, db_index=False)
    stock = models.IntegerField(db_default=0)

    class Meta:
        indexes = [
            models.Index(fields=["isbn"], name="book_isbn"),
            models.Index(fields=["slug"], name="book_slug"),
            models.Index(fields=["published"], name="book_published"),
        ]
