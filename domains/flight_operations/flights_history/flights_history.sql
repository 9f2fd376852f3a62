-- History before the cut-over comes from the extract, later flights from the live feed. The extract overlaps the
-- feed by a week: there the feed wins, and the extract fills in only what the feed has not delivered (yet).
WITH extract AS (
    SELECT
        old.* EXCLUDE (origin_code, destination_code),
        coalesce(origin.airport_id, error('no airport has the code ' || old.origin_code)) AS origin_airport_id,
        destination.airport_id AS destination_airport_id
    FROM silver.extract_cleaned AS old
    LEFT JOIN airports.airports AS origin ON origin.flight_code = old.origin_code
    LEFT JOIN airports.airports AS destination ON destination.flight_code = old.destination_code
),

live AS (
    SELECT
        flight_id,
        flight_date,
        carrier_code,
        flight_number,
        tail_number,
        origin_airport_id,
        destination_airport_id,
        scheduled_departure_at,
        departure_delay_minutes,
        arrival_delay_minutes,
        distance_miles,
        status
    FROM flight_operations.flights
    WHERE flight_date >= getvariable('cutOverDate')
),

combined AS (
    SELECT *, 'live' AS record_origin FROM live
    UNION ALL BY NAME
    SELECT extract.*, 'extract' AS record_origin
    FROM extract
    WHERE flight_date < getvariable('cutOverDate')
        OR flight_id NOT IN (SELECT flight_id FROM live)
)

SELECT
    *,
    -- All three origins keep New York's time.
    hour(timezone('America/New_York', scheduled_departure_at)) AS scheduled_departure_hour
FROM combined
