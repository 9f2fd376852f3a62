-- The registry spells makers in several ways, and for eleven home-built aircraft the maker is a private person.
WITH spelled AS (
    SELECT
        *,
        CASE
            WHEN manufacturer LIKE 'AIRBUS%' THEN 'AIRBUS'
            WHEN manufacturer LIKE 'MCDONNELL DOUGLAS%' THEN 'MCDONNELL DOUGLAS'
            WHEN manufacturer LIKE 'CANADAIR%' THEN 'CANADAIR'
            WHEN manufacturer LIKE 'BOMBARDIER%' THEN 'BOMBARDIER'
            ELSE manufacturer
        END AS maker
    FROM bronze.planes
)

SELECT
    tailnum AS tail_number,
    -- Small makers are often individuals: only makers of five aircraft or more are named here.
    CASE WHEN count(*) OVER (PARTITION BY maker) >= 5 THEN maker ELSE 'OTHER' END AS manufacturer,
    manufacturer AS registered_manufacturer,
    model,
    year AS year_manufactured,
    type AS aircraft_type,
    engine AS engine_type,
    engines AS engine_count,
    seats AS seat_count,
    speed AS cruise_speed_mph
FROM spelled
