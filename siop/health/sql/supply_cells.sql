-- What a supply version makes and leaves in stock, by month and SKU; `side` is made, stock or before (the actual
-- closing stock). $version.
SELECT 'made' AS side, strftime(p.month, '%Y-%m') AS month, p.sku, d.family, sum(p.quantity)::DOUBLE AS quantity
FROM production p LEFT JOIN products d ON d.sku = p.sku WHERE p.version = $version GROUP BY ALL
UNION ALL
SELECT 'stock', strftime(i.month, '%Y-%m'), i.sku, d.family, sum(i.quantity)::DOUBLE
FROM inventory i LEFT JOIN products d ON d.sku = i.sku WHERE i.version = $version GROUP BY ALL
UNION ALL
SELECT 'before', strftime(i.month, '%Y-%m'), i.sku, d.family, sum(i.quantity)::DOUBLE
FROM inventory i LEFT JOIN products d ON d.sku = i.sku WHERE i.version = 'actual' GROUP BY ALL
ORDER BY ALL
