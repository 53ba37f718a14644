-- The budgets of each fiscal year, in the order in which they count: the one with the most months first, of equals
-- the one frozen last.
SELECT c.year, p.version
FROM cube p JOIN calendar c USING (month) JOIN versions v USING (version)
WHERE p.kind = 'budget'
GROUP BY ALL
ORDER BY c.year, count(DISTINCT p.month) DESC, coalesce(CAST(max(v.frozen_at) AS VARCHAR), '') DESC, p.version DESC
