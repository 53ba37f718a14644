-- Which months each version has anything for; a row of a quarter or a year stands for all its months.
-- $versions: list of versions, 'actual' among them.
SELECT DISTINCT b.version, strftime(coalesce(m.month, b.month), '%Y-%m') AS month
FROM (SELECT DISTINCT version, month, grain FROM cube WHERE list_contains($versions, version)) b
JOIN grains g ON g.grain = b.grain
LEFT JOIN calendar c ON c.month = b.month
LEFT JOIN calendar m ON CASE g.period WHEN 'month' THEN m.month = c.month
                                      WHEN 'quarter' THEN m.quarter = c.quarter
                                      ELSE m.year = c.year END
