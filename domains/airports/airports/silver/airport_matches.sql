-- Which record of the one register is which record of the other.
-- A shared code is only a candidate: codes are handed on. 25 of the codes of 2013 name a place abroad today
-- (HXD was Hilton Head and is Delingha, China), so place or name has to agree as well.
WITH candidates AS (
    SELECT openflights.faa, world.icao AS world_key
    FROM bronze.openflights_airports AS openflights
    JOIN bronze.world_airports AS world ON world.iata = openflights.faa
    UNION
    SELECT openflights.faa, world.icao
    FROM bronze.openflights_airports AS openflights
    JOIN bronze.world_airports AS world ON world.lid = openflights.faa
),

compared AS (
    SELECT
        candidates.faa,
        candidates.world_key,
        -- Two records carry their longitude with the wrong sign: compare its size.
        abs(openflights.lat - world.lat) < 0.6
            AND abs(abs(openflights.lon) - abs(world.lon)) < 0.6 AS same_place,
        jaro_winkler_similarity(lower(openflights.name), lower(world.name)) >= 0.85 AS same_name,
        -- Great-circle distance (haversine) on a sphere of 6,371 km.
        12742 * asin(sqrt(
            power(sin(radians(world.lat - openflights.lat) / 2), 2)
            + cos(radians(openflights.lat)) * cos(radians(world.lat))
            * power(sin(radians(world.lon - openflights.lon) / 2), 2)
        )) AS distance_km
    FROM candidates
    JOIN bronze.openflights_airports AS openflights ON openflights.faa = candidates.faa
    JOIN bronze.world_airports AS world ON world.icao = candidates.world_key
)

SELECT
    faa,
    world_key,
    distance_km,
    -- Five airports stand twice in OpenFlights; the nearer record names the airport, the other is an alias.
    row_number() OVER (PARTITION BY world_key ORDER BY distance_km, faa) AS record_rank
FROM compared
WHERE same_place OR same_name
QUALIFY row_number() OVER (PARTITION BY faa ORDER BY distance_km, world_key) = 1
