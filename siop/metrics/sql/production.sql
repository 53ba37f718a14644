-- What was made, or is planned to be made. $versions: list, 'actual' among them; $skus: list, or NULL for all.
SELECT version, strftime(month, '%Y-%m') AS month, sku, site, sum(quantity)::DOUBLE AS quantity
FROM production
WHERE list_contains($versions, version) AND ($skus IS NULL OR list_contains($skus, sku))
GROUP BY ALL ORDER BY ALL
