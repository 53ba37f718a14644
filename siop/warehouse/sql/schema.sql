-- The snapshot's tables: one DuckDB file per load, built aside, never changed after publishing.
-- Months are the first day of the company month's label (2026-11 is DATE 2026-11-01), whatever its start date.
-- A row that is for a quarter or a year carries the first month of that period and a grain that says so.
-- Measures are exact decimals (scale chosen by the loader) or NULL; NULL is unknown, never zero.

CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR);
-- keys: schema_version, snapshot, built_at (UTC ISO), content_hash, as_of (last closed month, YYYY-MM),
-- company, currency, fiscal_year_start, loaded_by, labels (JSON {dimension: label})

CREATE TABLE sources (
    source INTEGER PRIMARY KEY, table_name VARCHAR, file VARCHAR, sheet VARCHAR, sha256 VARCHAR, bytes BIGINT,
    rows_read BIGINT, rows BIGINT, first_row BIGINT, last_row BIGINT, period VARCHAR, spread VARCHAR
);
CREATE TABLE findings (
    severity VARCHAR, file VARCHAR, sheet VARCHAR, "row" BIGINT, "column" VARCHAR, value VARCHAR,
    rule VARCHAR, message VARCHAR, fix VARCHAR
);
CREATE TABLE control_totals (table_name VARCHAR, "column" VARCHAR, rows BIGINT, total VARCHAR);

-- What people can filter and group by. column_name is the column of the cubes and of the dimension table.
CREATE TABLE dimensions (
    dimension VARCHAR PRIMARY KEY, -- sku, family, customer, region, site, month, quarter, year, any attribute
    label VARCHAR,                 -- what this company calls it
    side VARCHAR,                  -- product, customer, site, time
    level VARCHAR,                 -- key, parent, attribute
    of_parent BOOLEAN,             -- its value is determined by the parent (family, region): plans by parent have it
    in_cube BOOLEAN,
    members BIGINT
);
CREATE TABLE grains (
    grain TINYINT PRIMARY KEY,
    period VARCHAR,   -- month, quarter, year
    product VARCHAR,  -- sku, family, none
    customer VARCHAR, -- customer, region, none
    site VARCHAR      -- site, none
);

CREATE TABLE calendar (
    month DATE PRIMARY KEY, start_date DATE, end_date DATE, closed BOOLEAN, working_days INTEGER,
    fiscal_year INTEGER, fiscal_period INTEGER, quarter VARCHAR, year VARCHAR -- '2026-Q1', '2026'
);
-- products, customers, sites: the contract's columns, then every extra column as VARCHAR. A key seen only in
-- facts has a row with the key alone. site columns named as a customer's or product's get the prefix site_.
-- families and regions: the attributes that the parent determines.
CREATE TABLE versions (
    version VARCHAR PRIMARY KEY, kind VARCHAR, cycle DATE, function VARCHAR, frozen_at TIMESTAMP, parent VARCHAR,
    plan_hash VARCHAR, first_month DATE, last_month DATE, rows BIGINT
);

CREATE TABLE actuals (
    month DATE, grain TINYINT, sku VARCHAR, family VARCHAR, customer VARCHAR, region VARCHAR, site VARCHAR,
    quantity DECIMAL(38, 10), revenue DECIMAL(38, 10), cost DECIMAL(38, 10), source INTEGER
);
CREATE TABLE plans ( -- sorted by (version, month)
    version VARCHAR, month DATE, grain TINYINT, sku VARCHAR, family VARCHAR, customer VARCHAR, region VARCHAR,
    site VARCHAR, quantity DECIMAL(38, 10), revenue DECIMAL(38, 10), cost DECIMAL(38, 10), source INTEGER
);
CREATE TABLE production (version VARCHAR, month DATE, sku VARCHAR, site VARCHAR, quantity DECIMAL(38, 10), source INTEGER);
CREATE TABLE inventory (
    version VARCHAR, month DATE, sku VARCHAR, site VARCHAR, quantity DECIMAL(38, 10), value DECIMAL(38, 10), source INTEGER
);
CREATE TABLE orders (
    "order" VARCHAR, line VARCHAR, sku VARCHAR, customer VARCHAR, ordered_quantity DECIMAL(38, 10),
    requested_date DATE, promised_date DATE, delivered_quantity DECIMAL(38, 10), delivered_date DATE, source INTEGER
);
CREATE TABLE resources (resource VARCHAR PRIMARY KEY, site VARCHAR, name VARCHAR, demonstrated_rate DOUBLE);
CREATE TABLE capacity (resource VARCHAR, month DATE, available_hours DOUBLE, overtime_hours DOUBLE, overtime_cost DOUBLE);
CREATE TABLE bills (resource VARCHAR, sku VARCHAR, family VARCHAR, hours_per_unit DOUBLE);
CREATE TABLE policies (
    family VARCHAR PRIMARY KEY, min_days DOUBLE, target_days DOUBLE, max_days DOUBLE, fence_months INTEGER,
    tolerance_pct DOUBLE, tolerance_abs DOUBLE
);

-- Built last, from the facts: one row per version, month, grain and every dimension that is in_cube.
-- cube(version VARCHAR 'actual' | version, kind VARCHAR 'actual' | kind, lag SMALLINT months from cycle to month,
--      function VARCHAR, month DATE, grain TINYINT, <cube dimensions> VARCHAR,
--      quantity DOUBLE, revenue DOUBLE, cost DOUBLE, margin DOUBLE (of rows that have both), rows BIGINT)
-- sorted by (version, month). Which sums are of exact decimals, cast once at the end.
