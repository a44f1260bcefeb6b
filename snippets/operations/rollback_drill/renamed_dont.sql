CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item text NOT NULL
);

-- --8<-- [start:migration]
ALTER TABLE orders RENAME COLUMN item TO product;
-- --8<-- [end:migration]
