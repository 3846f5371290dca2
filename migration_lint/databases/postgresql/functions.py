"""Which functions a default can call without a value of its own for each row."""

from __future__ import annotations

from typing import Literal

from migration_lint.model.tables import Default


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Volatility = Literal["constant", "stable", "volatile", "unknown"]

# pg_proc.provolatile of PostgreSQL 18, and of the extensions uuid-ossp and pgcrypto.
VOLATILE = _words("""
    clock_timestamp currval gen_random_bytes gen_random_uuid gen_salt lastval nextval pg_sleep random random_normal
    setval timeofday uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7 set_config current_query
""")
STABLE = _words("""
    age concat concat_ws current_catalog current_database current_date current_role current_schema current_schemas
    current_setting current_time current_timestamp current_user date_trunc extract date_part format getpgusername
    inet_client_addr inet_client_port json_build_array json_build_object jsonb_build_array jsonb_build_object
    localtime localtimestamp make_timestamptz now pg_backend_pid row_to_json session_user statement_timestamp
    system_user timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector
    transaction_timestamp txid_current user version array_to_json array_to_string
""")
IMMUTABLE = _words("""
    abs array_append array_cat array_fill array_length btrim ceil ceiling coalesce chr cardinality convert_from
    convert_to date decode digest div encode exp floor greatest hmac initcap int4range int8range daterange numrange
    tsrange tstzrange jsonb_object json_object jsonb_set jsonb_strip_nulls least left length ln log lower lpad ltrim
    make_date make_interval make_time make_timestamp md5 mod nullif octet_length overlay point position power
    quote_ident quote_literal regexp_replace repeat replace reverse right round row rpad rtrim sha256 sign split_part
    sqrt string_to_array strpos substr substring to_hex translate trim trunc upper uuid_generate_v3 uuid_generate_v5
    uuid_nil hstore text varchar numeric array bool jsonb cast
""")


def volatility(default: Default) -> Volatility:
    """The weakest of the functions a default calls; `unknown` where one is not known, such as a project's own."""
    names = {name.lower().removeprefix("pg_catalog.").removeprefix("public.") for name in default.functions}
    if names & VOLATILE:
        return "volatile"
    if names - STABLE - IMMUTABLE:
        return "unknown"
    return "stable" if names & STABLE else "constant"
