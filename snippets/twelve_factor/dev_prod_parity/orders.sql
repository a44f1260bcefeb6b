CREATE TABLE orders (id INTEGER PRIMARY KEY);

CREATE TABLE items (
    order_id INTEGER NOT NULL REFERENCES orders,
    sku VARCHAR(8) NOT NULL,
    quantity INTEGER NOT NULL,
    ordered DATE NOT NULL
);
