-- The US Department of Transportation's rule: late is fifteen minutes or more, and a flight that was cancelled or
-- diverted did not arrive on time.
SELECT
    flight_id,
    flight_date,
    carrier_code,
    origin_airport_id,
    date_trunc('hour', scheduled_departure_at) AS departure_hour,
    status,
    departure_delay_minutes,
    arrival_delay_minutes,
    coalesce(departure_delay_minutes >= 15, false) AS departed_late,
    coalesce(arrival_delay_minutes < 15, false) AS arrived_on_time
FROM {{ source('flight_operations', 'flights') }}
