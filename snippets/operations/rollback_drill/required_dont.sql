CREATE TABLE orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item text NOT NULL
);

-- --8<-- [start:migration]
ALTER TABLE orders ADD COLUMN quantity integer;
UPDATE orders SET quantity = 1;
ALTER TABLE orders ALTER COLUMN quantity SET NOT NULL;
-- --8<-- [end:migration]
