CREATE TABLE orders (
    id text PRIMARY KEY,
    total numeric NOT NULL CHECK (total >= 0)
);
