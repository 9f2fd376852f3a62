-- A month of one airline on one route, beside how punctual the airline was at that airport on all its routes.
WITH routes AS (
    SELECT
        date_trunc('month', flight.flight_date)::DATE AS month,
        flight.carrier_code,
        flight.origin_airport_id,
        flight.destination_code,
        any_value(flight.destination_airport_id) AS destination_airport_id,
        max(flight.distance_miles) AS distance_miles,
        count(*) AS scheduled_flights,
        count(*) FILTER (NOT flight.cancelled) AS flown_flights,
        count(DISTINCT flight.flight_date) FILTER (NOT flight.cancelled) AS days_served,
        -- Aircraft without a registry record have no known seats: the sums are lower bounds.
        count(aircraft.seat_count) FILTER (NOT flight.cancelled) AS flights_with_known_seats,
        coalesce(sum(aircraft.seat_count) FILTER (NOT flight.cancelled), 0)::BIGINT AS known_seats,
        coalesce(sum(aircraft.seat_count * flight.distance_miles) FILTER (NOT flight.cancelled), 0)::BIGINT
            AS known_seat_miles,
        count(*) FILTER (flight.arrival_delay_minutes < 15) / count(*) AS on_time_rate
    FROM flight_operations.flights AS flight
    LEFT JOIN fleet.aircraft AS aircraft ON aircraft.tail_number = flight.tail_number
    GROUP BY ALL
),

airline_at_airport AS (
    SELECT
        date_trunc('month', flight_date)::DATE AS month,
        carrier_code,
        origin_airport_id,
        sum(on_time_arrivals) / sum(scheduled_flights) AS on_time_rate
    FROM punctuality.on_time_performance
    GROUP BY ALL
)

SELECT
    routes.month,
    routes.carrier_code,
    carrier.carrier_name,
    routes.origin_airport_id,
    origin.name AS origin_name,
    routes.destination_code,
    routes.destination_airport_id,
    destination.name AS destination_name,
    routes.distance_miles,
    routes.scheduled_flights,
    routes.flown_flights,
    routes.days_served,
    routes.flights_with_known_seats,
    routes.known_seats,
    routes.known_seat_miles,
    routes.on_time_rate,
    airline_at_airport.on_time_rate AS airline_on_time_rate
FROM routes
LEFT JOIN airline_at_airport
    ON airline_at_airport.month = routes.month
    AND airline_at_airport.carrier_code = routes.carrier_code
    AND airline_at_airport.origin_airport_id = routes.origin_airport_id
LEFT JOIN fleet.carriers AS carrier ON carrier.carrier_code = routes.carrier_code
LEFT JOIN airports.airports AS origin ON origin.airport_id = routes.origin_airport_id
LEFT JOIN airports.airports AS destination ON destination.airport_id = routes.destination_airport_id
