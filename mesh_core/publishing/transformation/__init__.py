"""From a product's own SQL, Python or dbt to one relation, and what can be known of it before any data moves."""
