-- Makes both live majors: version 1 takes the US columns, version 2 the metric ones.
-- Hours are told apart in UTC: local time has the hour from one to two twice when summer time ends.
-- A station reported 1,048 mph on 12 February; 253 mph is the strongest gust ever measured.
WITH judged AS (
    SELECT
        *,
        coalesce(wind_speed > 253, false) AS wind_speed_suspect,
        CASE WHEN NOT coalesce(wind_speed > 253, false) THEN wind_speed END AS wind_speed_mph
    FROM bronze.station_reports
)

SELECT
    coalesce(station.airport_id, error('no airport has the code ' || judged.origin)) AS airport_id,
    judged.origin AS station_code,
    judged.time_hour AS observed_at,
    judged.temp AS temperature_f,
    -- Stations read tenths of a degree Celsius: rounding gives back what they read.
    round((judged.temp - 32) / 1.8, 1) AS temperature_c,
    judged.dewp AS dew_point_f,
    round((judged.dewp - 32) / 1.8, 1) AS dew_point_c,
    judged.humid AS relative_humidity_percent,
    judged.wind_dir AS wind_direction_degrees,
    judged.wind_speed_mph,
    round(judged.wind_speed_mph * 1.609344, 2) AS wind_speed_kmh,
    judged.wind_gust AS wind_gust_mph,
    round(judged.wind_gust * 1.609344, 2) AS wind_gust_kmh,
    judged.wind_speed_suspect,
    judged.precip AS precipitation_inches,
    round(judged.precip * 25.4, 3) AS precipitation_mm,
    judged.pressure AS pressure_millibars,
    judged.pressure AS pressure_hpa,
    judged.visib AS visibility_miles,
    round(judged.visib * 1.609344, 2) AS visibility_km,
    CASE
        WHEN judged.visib < 1 THEN 'LIFR'
        WHEN judged.visib < 3 THEN 'IFR'
        WHEN judged.visib <= 5 THEN 'MVFR'
        ELSE 'VFR'
    END AS visibility_category
FROM judged
LEFT JOIN airports.airports AS station ON station.flight_code = judged.origin
