CREATE TABLE orders ( -- release 41
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  item text NOT NULL
);

ALTER TABLE orders -- release 42
  ADD COLUMN quantity integer NOT NULL DEFAULT 1;
