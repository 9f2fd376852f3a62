-- What happened to each flight, one immutable event at a time, in the attributes of CloudEvents.
WITH events AS (
    SELECT flight_id, 'scheduled' AS kind, scheduled_departure_at AS event_time, 'scheduled' AS time_basis,
        NULL::BIGINT AS delay_minutes, flight_date, carrier_code, origin_airport_id, destination_airport_id
    FROM flight_operations.flights
    UNION ALL
    SELECT flight_id, 'departed', actual_departure_at, 'reported',
        departure_delay_minutes, flight_date, carrier_code, origin_airport_id, destination_airport_id
    FROM flight_operations.flights
    WHERE actual_departure_at IS NOT NULL
    UNION ALL
    SELECT flight_id, 'arrived', actual_arrival_at, if(arrival_delay_minutes IS NULL, 'clock', 'reported'),
        arrival_delay_minutes, flight_date, carrier_code, origin_airport_id, destination_airport_id
    FROM flight_operations.flights
    WHERE actual_arrival_at IS NOT NULL
    UNION ALL
    -- Nobody recorded when a flight was cancelled; the departure that did not happen stands in.
    SELECT flight_id, 'cancelled', scheduled_departure_at, 'scheduled',
        NULL, flight_date, carrier_code, origin_airport_id, destination_airport_id
    FROM flight_operations.flights
    WHERE cancelled
)

SELECT
    flight_id || '/' || kind AS event_id,
    'flight.' || kind AS event_type,
    'mesh://flight_operations/flights/v1' AS event_source,
    flight_id AS subject,
    event_time,
    time_basis,
    delay_minutes,
    flight_date,
    carrier_code,
    origin_airport_id,
    destination_airport_id
FROM events
