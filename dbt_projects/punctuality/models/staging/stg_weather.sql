-- An inch is 25.4 mm, 35 miles per hour are 56.3 km/h.
SELECT
    airport_id,
    observed_at,
    visibility_category IN ('IFR', 'LIFR')
    OR coalesce(wind_gust_kmh >= 56.3, false)
    OR precipitation_mm >= 2.54 AS bad_weather
FROM {{ source('weather', 'observations_v2') }}
