"""DuckDB's functions by what they do with nulls; measured with DuckDB 1.5.5.

What is in no set is unknown. Infinite dates are left out of account: DuckDB gives NULL for their parts.
"""

from __future__ import annotations


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


STRICT = _names("""
    + - * / ** ^ & | << >> ~ @ || ~~ !~~ ~~* !~~* ~~~ ^@
    abs acos acosh add age asin asinh ascii atan atan2 atanh bar base64 bin bit_count bit_length cbrt ceil ceiling
    century char_length character_length chr contains cos cosh cot damerau_levenshtein date_add date_diff date_part
    date_sub date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade degrees
    editdist3 encode ends_with epoch epoch_ms epoch_ns epoch_us era even exp factorial floor fmod format from_base64
    from_hex gamma gcd hamming hex hour ilike_escape instr isfinite isinf isnan isodow isoyear jaccard jaro_similarity
    jaro_winkler_similarity julian last_day lcase lcm left left_grapheme len length length_grapheme levenshtein lgamma
    like_escape ln log log10 log2 lower lpad ltrim make_date make_time make_timestamp make_timestamptz md5 microsecond
    millennium millisecond minute month monthname multiply nextafter nfc_normalize not_ilike_escape not_like_escape
    octet_length ord parse_dirname parse_filename pow power prefix printf quarter radians regexp_escape regexp_extract
    regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array repeat replace reverse
    right right_grapheme round roundbankers rpad rtrim second sha1 sha256 sign signbit sin sinh split split_part sqrt
    starts_with str_split str_split_regex strftime string_split string_split_regex string_to_array strip_accents
    strlen strpos strptime substr substring substring_grapheme subtract suffix tan tanh time_bucket timezone
    timezone_hour timezone_minute to_base to_base64 to_binary to_centuries to_days to_decades to_hex to_hours
    to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks
    to_years translate trim trunc ucase unbin unhex unicode upper url_decode url_encode week weekday weekofyear xor
    year yearweek
""")
"""Null where an argument is null, and only there."""

DIVISIONS = frozenset({"//", "%", "mod", "divide"})
"""Strict, and null for a divisor of zero."""

NEVER_NULL = _names("""
    concat hash list_value list_pack array_value struct_pack row pi error now today current_date current_timestamp
    get_current_timestamp get_current_time current_localtime current_localtimestamp random gen_random_uuid uuid uuidv4
    uuidv7 version current_user current_schema current_database typeof
""")
"""Whatever the arguments are; ``error`` never returns."""

FIRST_OF = frozenset({"greatest", "least", "coalesce", "ifnull"})
"""Null only where every argument is."""

VOLATILE = frozenset({"random", "gen_random_uuid", "uuid", "uuidv4", "uuidv7", "nextval", "error"})
"""Another value at each call: to know one says nothing of the next."""

COUNTS = frozenset({"count", "count_star", "approx_count_distinct", "regr_count", "entropy"})
"""Aggregates that give a number for no rows as well."""

AGGREGATES = _names("""
    any_value arbitrary avg bit_and bit_or bit_xor bool_and bool_or count_if countif favg first fsum geomean
    geometric_mean group_concat kahan_sum last listagg mad max mean median min mode product quantile quantile_cont
    quantile_disc stddev_pop string_agg sum sumkahan var_pop
""")
"""Aggregates that are null where every value is null; the first argument is the value."""

LISTS = frozenset({"array_agg", "list", "histogram"})
"""Aggregates that hold what there is, nulls too: null for no rows at all."""

SAMPLED = frozenset({"stddev", "stddev_samp", "variance", "var_samp"})
"""Aggregates that need two values."""

PAIRED = frozenset({"arg_max", "arg_min", "argmax", "argmin", "max_by", "min_by"})
"""Aggregates that look at rows where two values are."""

ALL_AGGREGATES = COUNTS | AGGREGATES | LISTS | SAMPLED | PAIRED

ALWAYS_RANKED = frozenset(
    {"WINDOW_ROW_NUMBER", "WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_PERCENT_RANK", "WINDOW_CUME_DIST"}
)
"""Window functions that number every row."""
