SELECT
    airport_id,
    observed_at,
    visibility_category IN ('IFR', 'LIFR')
    OR coalesce(wind_gust_mph >= 35, false)
    OR precipitation_inches >= 0.1 AS bad_weather
FROM {{ source('weather', 'observations') }}
