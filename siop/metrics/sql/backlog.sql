-- Order lines not delivered in full by the end of the last closed month. $as_of: month; NULL delivered is nothing yet.
SELECT count(*) AS lines,
       sum(open_quantity)::DOUBLE AS quantity,
       sum(open_quantity * unit_price)::DOUBLE AS value,
       (sum(open_quantity * unit_price) FILTER (requested_date <= $as_of))::DOUBLE AS past_due
FROM (
    SELECT o.requested_date, p.unit_price,
           o.ordered_quantity - CASE WHEN o.delivered_date <= $as_of THEN coalesce(o.delivered_quantity, o.ordered_quantity)
                                     ELSE 0 END AS open_quantity
    FROM orders o LEFT JOIN products p USING (sku)
)
WHERE open_quantity > 0
