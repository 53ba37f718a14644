-- Hours a unit of every product on every resource: the product's own bill, else its family's. A family without
-- products has a row with the family alone.
SELECT b.resource, r.site, p.sku, p.family,
       coalesce(max(b.hours_per_unit) FILTER (b.sku = p.sku), max(b.hours_per_unit) FILTER (b.sku IS NULL)) AS hours
FROM bills b
JOIN products p ON b.sku = p.sku OR (b.sku IS NULL AND b.family = p.family)
LEFT JOIN resources r ON r.resource = b.resource
GROUP BY ALL
UNION ALL
SELECT b.resource, r.site, NULL, b.family, max(b.hours_per_unit)
FROM bills b LEFT JOIN resources r ON r.resource = b.resource
WHERE b.sku IS NULL AND b.family NOT IN (SELECT family FROM products WHERE family IS NOT NULL)
GROUP BY ALL
ORDER BY ALL
