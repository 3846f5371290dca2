"""Which functions a default can call without a value of its own for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from migration_lint.model.tables import Default


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


Volatility = Literal["constant", "stable", "volatile", "unknown"]

# pg_proc.provolatile of PostgreSQL 18, and of the extensions uuid-ossp and pgcrypto.
VOLATILE = _words("""
    clock_timestamp currval gen_random_bytes gen_random_uuid gen_salt lastval nextval pg_sleep random random_normal
    array_sample array_shuffle
    setval timeofday uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 uuidv4 uuidv7 set_config current_query
""")
STABLE = _words("""
    age concat concat_ws current_catalog current_database current_date current_role current_schema current_schemas
    current_setting current_time current_timestamp current_user date_trunc extract date_part format getpgusername
    inet_client_addr inet_client_port json_build_array json_build_object jsonb_build_array jsonb_build_object
    localtime localtimestamp make_timestamptz now pg_backend_pid row_to_json session_user statement_timestamp
    system_user timezone to_char to_date to_json to_jsonb to_number to_timestamp to_tsquery to_tsvector
    transaction_timestamp txid_current user version array_to_json array_to_string
    convert convert_from convert_to enum_first enum_last enum_range getdatabaseencoding inet_server_addr
    inet_server_port money pg_client_encoding pg_conf_load_time pg_current_snapshot pg_current_xact_id
    pg_current_xact_id_if_assigned pg_get_serial_sequence pg_postmaster_start_time pg_typeof regclass to_regclass
    to_regtype txid_current_if_assigned txid_current_snapshot
""")
IMMUTABLE = _words("""
    abs array_append array_cat array_fill array_length btrim ceil ceiling coalesce chr cardinality
    date decode digest div encode exp floor greatest hmac initcap int4range int8range daterange numrange
    tsrange tstzrange jsonb_object json_object jsonb_set jsonb_strip_nulls least left length ln log lower lpad ltrim
    make_date make_interval make_time make_timestamp md5 mod nullif octet_length overlay point position power
    quote_ident quote_literal regexp_replace repeat replace reverse right round row rpad rtrim sha256 sign split_part
    sqrt string_to_array strpos substr substring to_hex translate trim trunc upper uuid_generate_v3 uuid_generate_v5
    acos array_dims array_lower array_ndims array_position array_positions array_remove array_replace array_reverse
    array_sort array_upper ascii asin atan atan2 bit bit_count bit_length box bytea casefold cbrt char char_length
    character_length cidr circle cos cot crc32 crc32c datemultirange date_bin degrees factorial family float4 float8 gcd
    get_bit get_byte host hostmask int2 int4 int4multirange int8 int8multirange interval isempty isfinite
    json_array_length json_strip_nulls json_typeof jsonb_array_length jsonb_insert jsonb_path_exists jsonb_path_match
    jsonb_path_query_array jsonb_path_query_first jsonb_pretty jsonb_typeof justify_days justify_hours justify_interval
    lcm line log10 lseg macaddr macaddr8 masklen min_scale multirange name netmask network normalize num_nonnulls
    num_nulls nummultirange oid parse_ident path pg_lsn pg_size_bytes pg_size_pretty pi polygon pow radians range_merge
    regexp_count regexp_instr regexp_like regexp_match regexp_split_to_array regexp_substr scale set_bit set_byte
    set_masklen sha224 sha384 sha512 sin strip tan to_ascii to_bin to_oct trim_array trim_scale tsmultirange
    tstzmultirange unistr uuid_extract_timestamp uuid_extract_version varbit width_bucket xid
    uuid_nil hstore text varchar numeric array bool jsonb cast
""")


def volatility(default: Default, declared: Mapping[str, str]) -> Volatility:
    """The weakest of the functions a default calls; `unknown` where one is not known.

    `declared` is what the history says of the project's own functions, which may have the names of others.
    """
    names = {name.lower().removeprefix("pg_catalog.").removeprefix("public.") for name in default.functions}
    own = {declared[name] for name in names & declared.keys()}
    names -= declared.keys()
    if names & VOLATILE or "volatile" in own:
        return "volatile"
    if names - STABLE - IMMUTABLE:
        return "unknown"
    return "stable" if names & STABLE or "stable" in own else "constant"
