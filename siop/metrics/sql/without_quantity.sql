-- How many cells of some versions give revenue or cost but no quantity, and how many cells there are.
-- $versions: list; $first, $last: month, YYYY-MM.
SELECT count(*) FILTER (quantity IS NULL AND (revenue IS NOT NULL OR cost IS NOT NULL)), count(*)
FROM cube WHERE list_contains($versions, version) AND month BETWEEN ($first || '-01')::DATE AND ($last || '-01')::DATE
