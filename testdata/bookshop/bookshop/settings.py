SECRET_KEY = "not a secret"
INSTALLED_APPS = ["catalog", "orders"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "bookshop"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
