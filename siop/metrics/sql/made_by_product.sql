-- Production by version, month, product and its family. $versions: list; $skus, $sites: list, or NULL for all.
SELECT p.version, strftime(p.month, '%Y-%m') AS month, p.sku, d.family, sum(p.quantity)::DOUBLE AS quantity
FROM production p LEFT JOIN products d USING (sku)
WHERE list_contains($versions, p.version) AND ($skus IS NULL OR list_contains($skus, p.sku))
  AND ($sites IS NULL OR list_contains($sites, p.site))
GROUP BY ALL ORDER BY ALL
