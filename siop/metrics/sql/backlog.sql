-- Order lines not delivered in full by the end of the last closed month. $as_of: that day;
-- $skus, $customers: list, or NULL for all. NULL delivered is nothing yet.
SELECT count(*) AS lines,
       sum(open_quantity)::DOUBLE AS quantity,
       fsum(open_quantity * unit_price)::DOUBLE AS value,
       (fsum(open_quantity * unit_price) FILTER (requested_date <= $as_of))::DOUBLE AS past_due
FROM (
    SELECT o.requested_date, p.unit_price,
           o.ordered_quantity - CASE WHEN o.delivered_date <= $as_of THEN coalesce(o.delivered_quantity, o.ordered_quantity)
                                     ELSE 0 END AS open_quantity
    FROM orders o LEFT JOIN products p USING (sku)
    WHERE ($skus IS NULL OR list_contains($skus, o.sku)) AND ($customers IS NULL OR list_contains($customers, o.customer))
)
WHERE open_quantity > 0
