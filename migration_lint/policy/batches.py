"""Code that writes rows batch by batch, filled in with the names of a migration."""

from __future__ import annotations

from collections.abc import Sequence

_APART = "# With atomic = False on the Migration, so that each batch is a transaction of its own:"


def batched_update(function: str, app: str, model: str, fields: Sequence[str]) -> str:
    """A function that updates a model's rows by key, some thousand at a time."""
    values = ", ".join(f"{field}=..." for field in fields) or "..."
    name = model_name(app, model)
    return "\n".join(
        (
            _APART,
            *_head(function, app, model),
            f'    pks = {name}.objects.order_by("pk").values_list("pk", flat=True)',
            "    batch = list(pks[:5000])",
            "    while batch:",
            f"        {name}.objects.filter(pk__in=batch).update({values})",
            "        batch = list(pks.filter(pk__gt=batch[-1])[:5000])",
        )
    )


def batched_saves(function: str, app: str, model: str, row: str, fields: Sequence[str]) -> str:
    """A function that computes values row by row and writes them some thousand at a time."""
    names = ", ".join(f'"{field}"' for field in fields) or '"..."'
    name = model_name(app, model)
    write = f"{name}.objects.bulk_update(batch, [{names}])"
    return "\n".join(
        (
            _APART,
            *_head(function, app, model),
            "    batch = []",
            f"    for {row} in {name}.objects.iterator(chunk_size=2000):",
            *(f"        {row}.{field} = ..." for field in fields),
            f"        batch.append({row})",
            "        if len(batch) == 2000:",
            f"            {write}",
            "            batch.clear()",
            f"    {write}",
        )
    )


def pages(model: str) -> str:
    """A loop that reads rows by key, some thousand at a time."""
    return "\n".join(
        (
            f'rows = {model}.objects.order_by("pk")',
            "page = list(rows[:1000])",
            "while page:",
            "    ...",
            "    page = list(rows.filter(pk__gt=page[-1].pk)[:1000])",
        )
    )


def sql_update(table: str, columns: Sequence[str], key: str) -> str:
    """An UPDATE to be repeated over one range of keys after the other."""
    values = ", ".join(f"{column} = ..." for column in columns) or "..."
    return (
        "-- One range of keys after the other, each in a transaction of its own:\n"
        f"-- UPDATE {table} SET {values} WHERE {key} BETWEEN ... AND ...;"
    )


def _head(function: str, app: str, model: str) -> tuple[str, str]:
    name = function.rpartition(".")[2].removesuffix("()")
    owner = f'"{app}", "{model}"' if app else f"settings.{model}"
    return (
        f"def {name if name.isidentifier() else 'forward'}(apps, schema_editor):",
        f"    {model_name(app, model)} = apps.get_model({owner})",
    )


def model_name(app: str, model: str) -> str:
    """What to call a model in code; `app` is empty where `model` is the setting that names it."""
    return model if app else "User"
