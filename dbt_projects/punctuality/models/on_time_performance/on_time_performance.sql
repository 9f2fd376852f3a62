-- A day of one airline at one airport.
WITH days AS (
    SELECT
        flight_date,
        carrier_code,
        origin_airport_id,
        count(*) AS scheduled_flights,
        count(*) FILTER (status = 'completed') AS completed_flights,
        count(*) FILTER (status = 'cancelled') AS cancelled_flights,
        count(*) FILTER (status = 'diverted') AS diverted_flights,
        count(*) FILTER (departed_late) AS late_departures,
        count(*) FILTER (arrived_on_time) AS on_time_arrivals,
        count(*) FILTER (arrived_on_time) / count(*) AS on_time_rate,
        avg(arrival_delay_minutes) AS mean_arrival_delay_minutes
    FROM {{ ref('stg_flights') }}
    GROUP BY flight_date, carrier_code, origin_airport_id
)

SELECT
    days.flight_date,
    days.carrier_code,
    carriers.carrier_name,
    days.origin_airport_id,
    days.scheduled_flights,
    days.completed_flights,
    days.cancelled_flights,
    days.diverted_flights,
    days.late_departures,
    days.on_time_arrivals,
    days.on_time_rate,
    days.mean_arrival_delay_minutes
FROM days
LEFT JOIN {{ source('fleet', 'carriers') }} AS carriers ON carriers.carrier_code = days.carrier_code
