-- Products that launch after a month, within the horizon of a plan, and whether the plan has them. $version, $month.
SELECT d.sku, count(p.month) > 0 AS planned
FROM products d
LEFT JOIN plans p ON p.version = $version AND p.month >= d.launch_month
    AND (p.sku = d.sku OR (p.sku IS NULL AND p.family = d.family))
WHERE d.launch_month > $month
  AND d.launch_month <= (SELECT max(month) FROM plans WHERE version = $version)
GROUP BY d.sku ORDER BY d.sku
