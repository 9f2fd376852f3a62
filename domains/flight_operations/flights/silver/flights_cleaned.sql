-- The feed with names that say what they hold and one timestamp. Clock times become minutes of the day;
-- the feed writes midnight as 2400 or, when the day is over, as 0: both work out.
SELECT
    concat_ws('-', make_date(year, month, day), carrier, flight, origin) AS flight_id,
    make_date(year, month, day) AS flight_date,
    carrier AS carrier_code,
    flight AS flight_number,
    tailnum AS tail_number,
    origin AS origin_code,
    dest AS destination_code,
    -- time_hour is the hour of the scheduled departure in UTC; the local clock would be ambiguous in autumn.
    time_hour AS scheduled_hour,
    time_hour + to_minutes(minute) AS scheduled_departure_at,
    dep_delay AS departure_delay_minutes,
    sched_arr_time // 100 * 60 + sched_arr_time % 100 AS scheduled_arrival_clock,
    arr_time // 100 * 60 + arr_time % 100 AS actual_arrival_clock,
    arr_delay AS arrival_delay_minutes,
    air_time AS air_time_minutes,
    distance AS distance_miles,
    -- A flight that never left has no departure; one that left and has no arrival delay landed elsewhere.
    CASE
        WHEN dep_time IS NULL THEN 'cancelled'
        WHEN arr_delay IS NULL THEN 'diverted'
        ELSE 'completed'
    END AS status
FROM bronze.flights_feed
