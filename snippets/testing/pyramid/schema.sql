CREATE TABLE codes (
  code text PRIMARY KEY,
  percent integer NOT NULL,
  last date NOT NULL,
  uses integer NOT NULL,
  used integer NOT NULL DEFAULT 0
);
