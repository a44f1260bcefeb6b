CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    client text NOT NULL,
    item text NOT NULL,
    cents integer NOT NULL CHECK (cents > 0),
    payment text NOT NULL DEFAULT 'pending'
        CHECK (payment IN ('pending', 'charged', 'declined')),
    charge text UNIQUE, -- as the provider calls it
    CHECK ((payment = 'charged') = (charge IS NOT NULL))
);

CREATE TABLE idempotency_keys (
    client text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    response json,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, key)
);

CREATE TABLE outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    body jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0
);

CREATE INDEX ON outbox (due_at);
CREATE INDEX ON outbox ((body ->> 'order_id'));

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY,
    body jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    error text NOT NULL
);
