-- Hours a supply version needs and hours there are, by resource and month. A bill by SKU goes before its family's.
-- $version.
WITH made AS (
    SELECT p.month, p.sku, d.family, sum(p.quantity) AS quantity
    FROM production p LEFT JOIN products d ON d.sku = p.sku WHERE p.version = $version GROUP BY ALL
),
needs AS (
    SELECT b.resource, m.month, sum(m.quantity * b.hours_per_unit) AS hours
    FROM made m JOIN bills b ON b.sku = m.sku GROUP BY ALL
    UNION ALL
    SELECT b.resource, m.month, sum(m.quantity * b.hours_per_unit)
    FROM made m JOIN bills b ON b.family = m.family AND b.sku IS NULL
    WHERE NOT EXISTS (SELECT 1 FROM bills o WHERE o.resource = b.resource AND o.sku = m.sku) GROUP BY ALL
)
SELECT c.resource AS item, strftime(c.month, '%Y-%m') AS month, sum(n.hours)::DOUBLE AS load,
       (any_value(c.available_hours) + coalesce(any_value(c.overtime_hours), 0))::DOUBLE AS available
FROM capacity c JOIN needs n ON n.resource = c.resource AND n.month = c.month
GROUP BY ALL ORDER BY ALL
