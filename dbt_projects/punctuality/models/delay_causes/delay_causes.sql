-- The feed gives no causes, so they are inferred from what else happened at the airport in that hour.
WITH airport_hours AS (
    SELECT
        origin_airport_id,
        departure_hour,
        -- With fewer than ten departures, half of them is chance.
        count(*) >= 10 AND 2 * count(*) FILTER (departed_late) >= count(*) AS mostly_late
    FROM {{ ref('stg_flights') }}
    WHERE status <> 'cancelled'
    GROUP BY origin_airport_id, departure_hour
),

late_departures AS (
    SELECT
        flights.flight_date,
        flights.carrier_code,
        flights.origin_airport_id,
        flights.departure_delay_minutes,
        CASE
            WHEN weather.bad_weather THEN 'weather'
            WHEN airport_hours.mostly_late THEN 'airport_wide'
            WHEN weather.airport_id IS NULL THEN 'unknown'
            ELSE 'individual'
        END AS cause
    FROM {{ ref('stg_flights') }} AS flights
    JOIN airport_hours
        ON airport_hours.origin_airport_id = flights.origin_airport_id
        AND airport_hours.departure_hour = flights.departure_hour
    LEFT JOIN {{ ref('stg_weather') }} AS weather
        ON weather.airport_id = flights.origin_airport_id
        AND weather.observed_at = flights.departure_hour
    WHERE flights.departed_late
)

SELECT
    flight_date,
    carrier_code,
    origin_airport_id,
    cause,
    count(*) AS late_departures,
    sum(departure_delay_minutes)::BIGINT AS delay_minutes,
    max(departure_delay_minutes) AS longest_delay_minutes
FROM late_departures
GROUP BY flight_date, carrier_code, origin_airport_id, cause
