-- Which files every table was read from.
SELECT DISTINCT table_name, file FROM sources ORDER BY table_name, file
