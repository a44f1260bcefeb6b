CREATE TABLE idempotency_keys (
    client text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    response json, -- jsonb would change the order of its members
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, key)
);

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client text NOT NULL,
    item text NOT NULL
);

CREATE TABLE payments (
    charge text PRIMARY KEY, -- as the provider calls it
    client text NOT NULL,
    cents integer NOT NULL
);
