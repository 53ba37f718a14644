-- Units on order and not delivered by the end of the last closed month, by the month they are promised for (requested
-- for, where nothing was promised); what is overdue falls into the first open month. $as_of: month, YYYY-MM.
WITH edge AS (SELECT min(start_date) AS opens FROM calendar WHERE month > ($as_of || '-01')::DATE),
open_lines AS (
    SELECT row_number() OVER () AS n, o.customer, o.sku,
           greatest(coalesce(o.promised_date, o.requested_date), e.opens) AS due,
           o.ordered_quantity - CASE WHEN o.delivered_date < e.opens THEN coalesce(o.delivered_quantity, o.ordered_quantity)
                                     ELSE 0 END AS quantity
    FROM orders o, edge e
),
dated AS (
    SELECT l.n, l.customer, l.sku, max(c.month) AS month, any_value(l.quantity) AS quantity
    FROM open_lines l JOIN calendar c ON c.start_date <= l.due
    WHERE l.quantity > 0 AND l.customer IS NOT NULL
    GROUP BY l.n, l.customer, l.sku
)
SELECT customer, sku, strftime(month, '%Y-%m') AS month, sum(quantity)::DOUBLE AS quantity
FROM dated GROUP BY ALL ORDER BY ALL
