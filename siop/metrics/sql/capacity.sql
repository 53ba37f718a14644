-- Hours by resource and month. Where a resource has shown only a part of them, its demonstrated rate (a fraction) counts.
SELECT coalesce(c.resource, r.resource) AS resource, strftime(c.month, '%Y-%m') AS month,
       c.available_hours * CASE WHEN r.demonstrated_rate > 0 AND r.demonstrated_rate <= 1.5 THEN r.demonstrated_rate ELSE 1 END
           AS available_hours,
       c.overtime_hours, r.demonstrated_rate
FROM capacity c FULL JOIN resources r ON r.resource = c.resource
ORDER BY ALL
