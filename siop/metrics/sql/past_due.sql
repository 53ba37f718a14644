-- Ordered, due and not delivered at the end of each month, in quantity and money at list price.
-- $months, $ends: lists side by side; $skus, $customers: list, or NULL for all. NULL delivered is nothing yet.
SELECT m.month, coalesce(sum(o.open_quantity), 0)::DOUBLE AS quantity, coalesce(fsum(o.open_quantity * o.unit_price), 0)::DOUBLE AS money
FROM (SELECT unnest($months::VARCHAR[]) AS month, unnest($ends::DATE[]) AS ended) m
LEFT JOIN LATERAL (
    SELECT p.unit_price,
           o.ordered_quantity - CASE WHEN o.delivered_date <= m.ended THEN coalesce(o.delivered_quantity, o.ordered_quantity)
                                     ELSE 0 END AS open_quantity
    FROM orders o LEFT JOIN products p USING (sku)
    WHERE o.requested_date <= m.ended
      AND ($skus IS NULL OR list_contains($skus, o.sku)) AND ($customers IS NULL OR list_contains($customers, o.customer))
) o ON o.open_quantity > 0
GROUP BY m.month
