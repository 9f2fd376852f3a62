-- Hours are told apart in UTC: local time has the hour from one to two twice when summer time ends.
-- A station reported 1,048 mph on 12 February; 253 mph is the strongest gust ever measured.
WITH judged AS (
    SELECT *, coalesce(wind_speed > 253, false) AS wind_speed_suspect
    FROM bronze.station_reports
)

SELECT
    station.airport_id,
    judged.origin AS station_code,
    judged.time_hour AS observed_at,
    judged.temp AS temperature_f,
    judged.dewp AS dew_point_f,
    judged.humid AS relative_humidity_percent,
    judged.wind_dir AS wind_direction_degrees,
    CASE WHEN NOT judged.wind_speed_suspect THEN judged.wind_speed END AS wind_speed_mph,
    judged.wind_gust AS wind_gust_mph,
    judged.wind_speed_suspect,
    judged.precip AS precipitation_inches,
    judged.pressure AS pressure_millibars,
    judged.visib AS visibility_miles,
    CASE
        WHEN judged.visib < 1 THEN 'LIFR'
        WHEN judged.visib < 3 THEN 'IFR'
        WHEN judged.visib <= 5 THEN 'MVFR'
        ELSE 'VFR'
    END AS visibility_category
FROM judged
LEFT JOIN airports.airports AS station ON station.flight_code = judged.origin
