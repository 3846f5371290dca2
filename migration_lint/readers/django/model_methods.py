"""The methods that Django itself gives to rows, managers and querysets, in versions 3.2 to 6.1."""

from __future__ import annotations

import re

from migration_lint.readers.python.words import words

ROW = frozenset(
    words(
        "save save_base delete full_clean clean clean_fields validate_unique validate_constraints get_constraints "
        "refresh_from_db serializable_value get_deferred_fields prepare_database_save unique_error_message "
        "date_error_message asave adelete arefresh_from_db check from_db add_to_class mro"
    )
)
ROW_PATTERN = re.compile(r"get_\w+_display|get_(?:next|previous)_by_\w+|[gs]et_\w+_order")
"""Methods that Django makes of a model's fields and options."""

QUERY = frozenset(
    words(
        "aggregate aaggregate alias all annotate as_manager bulk_create abulk_create bulk_update abulk_update "
        "complex_filter contains acontains count acount create acreate dates datetimes db_manager deconstruct defer "
        "delete adelete difference distinct earliest aearliest exclude exists aexists explain aexplain extra filter "
        "first afirst from_queryset get aget get_or_create aget_or_create get_queryset in_bulk ain_bulk intersection "
        "iterator aiterator last alast latest alatest none only order_by ordered prefetch_related raw "
        "reverse select_for_update select_related union update aupdate update_or_create aupdate_or_create using values "
        "values_list resolve_expression check contribute_to_class fetch_mode totally_ordered"
    )
)

EXECUTING = frozenset(
    words(
        "aggregate bulk_create bulk_update contains count create dates datetimes delete earliest exists first get "
        "get_or_create in_bulk iterator last latest update update_or_create"
    )
)
"""Those that send a query at once."""
