-- The extract in the words of the flights port; rows that the extract has in common with it are made alike.
SELECT
    concat_ws('-', make_date(year, month, day), carrier, flight, origin) AS flight_id,
    make_date(year, month, day) AS flight_date,
    carrier AS carrier_code,
    flight AS flight_number,
    tailnum AS tail_number,
    origin AS origin_code,
    dest AS destination_code,
    time_hour + to_minutes(minute) AS scheduled_departure_at,
    dep_delay AS departure_delay_minutes,
    arr_delay AS arrival_delay_minutes,
    distance AS distance_miles,
    CASE
        WHEN dep_time IS NULL THEN 'cancelled'
        WHEN arr_delay IS NULL THEN 'diverted'
        ELSE 'completed'
    END AS status
FROM bronze.flights_extract
-- The package file holds the whole year; what was taken over ends a week after the cut-over.
WHERE make_date(year, month, day) <= getvariable('overlapEndDate')
