-- Every tail number that flew, known to the registry or not: leaving the unknown ones out would hide a seventh of
-- all flights.
WITH flown AS (
    SELECT
        tail_number,
        string_agg(DISTINCT carrier_code, ',' ORDER BY carrier_code) AS carrier_codes,
        min(flight_date) AS first_flight_date,
        max(flight_date) AS last_flight_date,
        count(*) AS flights,
        count(DISTINCT flight_date) AS days_flown,
        count(DISTINCT destination_code) AS destinations,
        coalesce(sum(air_time_minutes), 0) / 60 AS air_hours,
        sum(distance_miles)::BIGINT AS miles
    FROM flight_operations.flights
    WHERE tail_number IS NOT NULL AND NOT cancelled
    GROUP BY tail_number
)

SELECT
    flown.tail_number,
    aircraft.tail_number IS NOT NULL AS aircraft_known,
    aircraft.manufacturer,
    aircraft.model,
    aircraft.seat_count,
    flown.carrier_codes,
    flown.first_flight_date,
    flown.last_flight_date,
    flown.flights,
    flown.days_flown,
    flown.flights / flown.days_flown AS flights_per_day_flown,
    flown.destinations,
    flown.air_hours,
    flown.miles
FROM flown
LEFT JOIN fleet.aircraft AS aircraft ON aircraft.tail_number = flown.tail_number
