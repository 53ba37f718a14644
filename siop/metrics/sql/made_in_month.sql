-- Production and its money at unit cost by version and month. $versions: list; $skus, $sites: list, or NULL for all.
SELECT p.version, strftime(p.month, '%Y-%m') AS month, sum(p.quantity)::DOUBLE AS quantity,
       fsum(p.quantity::DOUBLE * d.unit_cost) AS money
FROM production p LEFT JOIN products d USING (sku)
WHERE list_contains($versions, p.version) AND ($skus IS NULL OR list_contains($skus, p.sku))
  AND ($sites IS NULL OR list_contains($sites, p.site))
GROUP BY ALL ORDER BY ALL
