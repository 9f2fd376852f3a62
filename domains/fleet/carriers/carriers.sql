SELECT
    carrier AS carrier_code,
    trim(name) AS carrier_name
FROM bronze.airlines
