-- What a version makes (`actual` or a supply plan), by month and SKU. $version.
SELECT strftime(p.month, '%Y-%m') AS month, p.sku, d.family, sum(p.quantity)::DOUBLE AS quantity
FROM production p LEFT JOIN products d ON d.sku = p.sku
WHERE p.version = $version
GROUP BY ALL HAVING sum(p.quantity) > 0 ORDER BY ALL
