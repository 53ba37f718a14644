-- What a plan version adds up to. $version.
SELECT sum(quantity)::DOUBLE AS quantity, sum(revenue)::DOUBLE AS revenue, sum(cost)::DOUBLE AS cost
FROM cube WHERE version = $version
