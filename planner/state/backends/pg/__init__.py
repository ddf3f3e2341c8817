"""States in PostgreSQL: four tables of one schema. The only home of psycopg."""
